// As many processes as cores behind one port, as node is run in production.
import cluster from 'node:cluster';

export function serve(start) {
  if (!cluster.isPrimary) {
    start();
    return;
  }

  for (let i = 0; i < Number(process.env.WORKERS); i++) {
    cluster.fork();
  }

  cluster.on('exit', (worker, code) => {
    console.error(`worker ended with ${code}`);
    process.exit(1);
  });
}
