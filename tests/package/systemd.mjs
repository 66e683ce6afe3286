// Runs systemd as the first process of namespaces of its own, below a root folder: a machine without a kernel.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const namespaces = ['--mount', '--pid', '--fork', '--cgroup', '--uts', '--ipc', '--net', '--kill-child'];
const pollMs = 100;
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

// Mounts what systemd needs below the folder $1, makes that the root of the namespace, and becomes systemd.
const becomeSystemd = `
set -eu
cd "$1"
mount --make-rprivate /
mount --bind . . && cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for device in null zero full random urandom tty; do : >"dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ip link set lo up
mkdir -p mnt && pivot_root . mnt && umount -l /mnt
exec env -i container=other PATH="$PATH" /lib/systemd/systemd
`;

// The folder in which groups of processes can be made, undefined without cgroup v2.
const cgroups = () => /^cgroup2 (\S+) /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1];

// Why systemd cannot run here, undefined if it can.
export function whyNot() {
  if (!cgroups()) return 'cgroup v2 is not mounted';
  const made = spawnSync('unshare', [...namespaces, 'mount', '-t', 'cgroup2', 'cgroup2', '/mnt'], { encoding: 'utf8' });
  return made.status === 0 ? undefined : made.stderr;
}

// A booted system. All its processes end with stop().
export class Machine {
  // `root`: a folder with systemd. Nothing of it may run before.
  static async boot(root) {
    const machine = new Machine(root);
    await machine.becomes('systemctl', ['is-system-running', '--wait'], /^(running|degraded)$/m);
    return machine;
  }

  constructor(root) {
    this.cgroup = join(cgroups(), `porchlight-test-${process.pid}`);
    mkdirSync(this.cgroup);
    const enter = 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"';
    const command = ['unshare', ...namespaces, 'bash', '-c', becomeSystemd, 'bash', root];
    this.unshare = spawn('bash', ['-c', enter, 'bash', this.cgroup, ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.console = '';
    for (const stream of [this.unshare.stdout, this.unshare.stderr]) stream.on('data', (text) => (this.console += text));
    this.ended = new Promise((resolve) => this.unshare.once('close', resolve));
  }

  // Runs a command in the system; {status, stdout, stderr}.
  run(command, args = []) {
    const [first] = readFileSync(`/proc/${this.unshare.pid}/task/${this.unshare.pid}/children`, 'utf8').split(' ');
    const entered = ['--target', first, '--mount', '--pid', '--uts', '--ipc', '--net', '--cgroup', '--root', '--wd=/'];
    return spawnSync('nsenter', [...entered, command, ...args], { env, encoding: 'utf8' });
  }

  // The output of a command that must succeed.
  output(command, ...args) {
    const ran = this.run(command, args);
    if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.stderr}${this.journal()}`);
    return ran.stdout.trim();
  }

  // Runs a command until its output matches, and resolves to the match.
  async becomes(command, args, pattern) {
    for (let n = 0; n < 600; ++n) {
      const match = pattern.exec(this.run(command, args).stdout);
      if (match) return match;
      await sleep(pollMs);
    }
    throw new Error(`${command} ${args.join(' ')} does not give ${pattern}: ${this.console}${this.journal()}`);
  }

  journal() {
    return this.run('journalctl', ['--no-pager', '--lines=40']).stdout;
  }

  async stop() {
    this.unshare.kill('SIGKILL');
    await this.ended;
    // The kernel ends the processes of the namespace one after another.
    const remove = ['-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'];
    while (existsSync(this.cgroup)) {
      await sleep(pollMs);
      spawnSync('find', [this.cgroup, ...remove]);
    }
  }
}
