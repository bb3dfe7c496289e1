/** Waits for all of them, also when one fails, so that nothing goes on behind the failure. @throws the first failure */
export async function settleAll<const Work extends readonly unknown[]>(
  work: Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  const settled = await Promise.allSettled(work);
  const results = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  return results as { -readonly [Index in keyof Work]: Awaited<Work[Index]> };
}
