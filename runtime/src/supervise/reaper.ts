/**
 * Python program that runs another one and reaps what it leaves behind. As process 1 of a container this program is
 * the parent of every orphan, and Node.js waits for its own children only: the dead ones would stay as zombies. The
 * image has Python, so one small process of it adopts the engine's orphans (PR_SET_CHILD_SUBREAPER) and waits for all
 * of them. It passes signals on, ends as the engine ended, and takes the engine with it when its own parent dies, or at
 * once when it is killed itself.
 */
const REAPER = `
import ctypes, os, signal, sys
file, argv = sys.argv[1], sys.argv[2:]
try:
    prctl = ctypes.CDLL(None).prctl
except (OSError, AttributeError):
    prctl = lambda *_: -1
PDEATHSIG, SUBREAPER = 1, 36
prctl(SUBREAPER, 1, 0, 0, 0)
prctl(PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
passed = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]
signal.pthread_sigmask(signal.SIG_BLOCK, passed)
child = os.fork()
if child == 0:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed)
    prctl(PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(file, argv, os.environ)
    except OSError as error:
        print(f"{file}: {error}", file=sys.stderr, flush=True)
        os._exit(127)
def pass_on(number, _frame):
    try:
        os.kill(child, number)
    except ProcessLookupError:
        pass
for number in passed:
    signal.signal(number, pass_on)
signal.pthread_sigmask(signal.SIG_UNBLOCK, passed)
while True:
    pid, status = os.waitpid(-1, 0)
    if pid == child:
        break
code = os.waitstatus_to_exitcode(status)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), -code)
os._exit(code if code >= 0 else 128 - code)
`;

/** Command line that runs the engine below the reaper, with the engine's own interpreter. */
export function underReaper(file: string, argv: readonly string[]): { file: string; argv: readonly string[] } {
  return { file, argv: [argv[0] ?? file, '-I', '-S', '-c', REAPER, file, ...argv] };
}
