/** A request that cannot be answered; its body has the form OpenAI clients expect. */
export class ApiError extends Error {
  readonly status: number;
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.param = param;
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  413: 'BadRequestError',
};

/** The `error` object of an answer, or of a frame inside a stream. */
export function renderApiError(status: number, message: string, param: string | null): object {
  return { error: { message, type: TYPES[status] ?? 'InternalServerError', param, code: status } };
}
