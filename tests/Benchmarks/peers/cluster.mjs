// `prepare <count>` fills the database. Otherwise as many processes as cores serve behind one port, as node is run in production.
import cluster from 'node:cluster';
import http from 'node:http';

export async function run(prepare, makeHandler) {
  if (process.argv[2] === 'prepare') {
    await prepare(Number(process.argv[3]));
  } else if (cluster.isPrimary) {
    startWorkers();
  } else {
    const handle = makeHandler();
    http.createServer((request, response) => request.url === '/health' ? response.end('ready') : handle(request, response))
      .listen(Number(process.env.PORT), '127.0.0.1');
  }
}

function startWorkers() {
  for (let i = 0; i < Number(process.env.WORKERS); i++) {
    cluster.fork();
  }

  cluster.on('exit', (worker, code) => {
    console.error(`worker ended with ${code}`);
    process.exit(1);
  });
}
