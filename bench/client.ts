/**
 * `npm run bench:client` measures the load client against a simulated server that knows the truth, each bound to a core
 * of its own: how wrong times are at 20,000 frames per second, what a frame costs, and the rate at which the client
 * declares its own numbers invalid. Needs `taskset` and two cores; other programs on them show up as errors, of which
 * `nice -n -20` keeps most away. The real-time class is no help: the kernel stops it for 50 ms in every second.
 */
import { createExec } from 'aim-runtime/system';
import { runCalibration } from '../toolkit/src/bench/calibrate/run.ts';
import { renderCalibration } from '../toolkit/src/cli/present/calibration.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const calibration = await runCalibration({
  exec: createExec(process.env),
  signal: interrupt.signal,
  onPhase: (phase) => console.error(phase),
});
console.log(renderCalibration(calibration));
process.exitCode = calibration.passed ? 0 : 1;
