// better-auth on PostgreSQL. POST /api/auth/sign-out with the signed session cookie: it looks the session and its user up, looks for
// linked accounts, deletes the session's row (committed before the answer) and clears the cookies.
import pg from 'pg';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { run } from './cluster.mjs';

const port = Number(process.env.PORT);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: process.env.SECRET,
  database: pool,
  rateLimit: { enabled: false }, // all requests come from one address
  telemetry: { enabled: false },
  logger: { level: 'error' },
};
const auth = betterAuth(options);

// One user and one session made by the library are the pattern for all others.
async function prepare(count) {
  await (await getMigrations(options)).runMigrations();
  const context = await auth.$context;
  const user = await context.internalAdapter.createUser({ email: 'pattern@example.com', name: 'Pattern', emailVerified: true });
  await context.internalAdapter.createSession(user.id);
  await pool.query(`INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
    SELECT 'user' || i, u.name, 'user' || i || '@example.com', u."emailVerified", u."createdAt", u."updatedAt"
    FROM "user" u, generate_series(1, $1::integer) i`, [count]);
  await pool.query(`INSERT INTO session (id, "expiresAt", token, "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
    SELECT 'session' || i, s."expiresAt", md5('${process.env.SECRET}' || i), s."createdAt", s."updatedAt", s."ipAddress", s."userAgent", 'user' || i
    FROM session s, generate_series(1, $1::integer) i`, [count]);
  const indexes = await pool.query(`SELECT indexdef FROM pg_indexes WHERE tablename IN ('session', 'account')`);
  console.log(indexes.rows.map((row) => row.indexdef).join('\n'));
  await pool.query('ANALYZE');
  await pool.end();
}

await run(prepare, () => toNodeHandler(auth));
