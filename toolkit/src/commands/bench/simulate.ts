import { once } from 'node:events';
import { BaseCommand } from '../../cli/base-command.ts';
import { simulatorFlags, toSimulatorOptions } from '../../cli/simulator-flags.ts';

/** What `aimctl bench simulate` prints when it listens. */
export interface SimulatorReady {
  readonly url: string;
  readonly model: string;
  readonly pid: number;
}

export class BenchSimulate extends BaseCommand {
  static override summary = 'Serve a simulated vLLM that knows what it did.';
  static override description =
    'Answers as vLLM does, without a GPU: completions and chat, streamed or whole, token usage, metrics, a queue, ' +
    'a KV cache that can run out, a prefix cache, and faults on demand. GET /simulator/truth tells when each frame ' +
    'was really written; POST /simulator/reset forgets it. Prints one line when it listens and runs until ' +
    'interrupted, which is its normal end.';
  static override examples = [
    { description: 'A model of 20 ms per token', command: '<%= config.bin %> bench simulate --ttft 200 --itl 20' },
    {
      description: 'A slow tail, small batches, and one request in a hundred that ends in an error',
      command:
        '<%= config.bin %> bench simulate --itl lognormal:20:1.5 --max-num-seqs 16 --fault error_frame:0.01 --port 8001',
    },
    {
      description: 'Stand still for two seconds, five seconds after the first request',
      command: '<%= config.bin %> bench simulate --stall 5:2',
    },
  ];
  static override flags = simulatorFlags;

  protected override readonly runsUntilInterrupted = true;

  override async run(): Promise<SimulatorReady> {
    const { flags } = await this.parse(BenchSimulate);
    const { signal } = this.open(flags);
    const options = toSimulatorOptions(flags);
    // Loads only for this command.
    const { startSimulator } = await import('../../bench/simulator/start.ts');
    const simulator = await startSimulator(options);
    const ready = { url: simulator.url, model: options.model, pid: process.pid };
    // Not at the end as other commands do: who waits for it wants to know now.
    process.stdout.write(flags.json ? `${JSON.stringify(ready)}\n` : `Serving ${ready.model} at ${ready.url}\n`);
    if (!signal.aborted) await once(signal, 'abort');
    await simulator.close();
    return ready;
  }
}
