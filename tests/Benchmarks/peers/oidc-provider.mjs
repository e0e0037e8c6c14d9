// oidc-provider on PostgreSQL. POST /token/revocation (RFC 7009) of a refresh token by its client: it authenticates the client, finds the
// token, deletes it, then everything of its grant and the grant itself (each statement committed before the answer).
import pg from 'pg';
import { run } from './cluster.mjs';

const port = Number(process.env.PORT);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

// The library asks for an adapter to whatever database; named statements are prepared once a connection.
class PostgresAdapter {
  constructor(kind) {
    this.kind = kind;
  }

  async upsert(id, payload, expiresIn) {
    await pool.query({
      name: 'upsert',
      text: `INSERT INTO oidc (kind, id, payload, grant_id, expires_at) VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
        ON CONFLICT (kind, id) DO UPDATE SET payload = $3, grant_id = $4, expires_at = excluded.expires_at`,
      values: [this.kind, id, payload, payload.grantId ?? null, expiresIn ?? 3600],
    });
  }

  async find(id) {
    const found = await pool.query({
      name: 'find', text: 'SELECT payload FROM oidc WHERE kind = $1 AND id = $2 AND expires_at > now()', values: [this.kind, id],
    });
    return found.rows[0]?.payload;
  }

  async destroy(id) {
    await pool.query({ name: 'destroy', text: 'DELETE FROM oidc WHERE kind = $1 AND id = $2', values: [this.kind, id] });
  }

  async revokeByGrantId(grant) {
    await pool.query({ name: 'revoke', text: 'DELETE FROM oidc WHERE kind = $1 AND grant_id = $2', values: [this.kind, grant] });
  }
}

const { Provider } = await import('oidc-provider');
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: PostgresAdapter,
  clients: [{
    client_id: 'app', client_secret: process.env.SECRET, grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://app.example.com/callback'], token_endpoint_auth_method: 'client_secret_post',
  }],
  cookies: { keys: [process.env.SECRET] },
  features: { revocation: { enabled: true }, devInteractions: { enabled: false } },
});

// One grant and one refresh token made by the library are the pattern for all others.
async function prepare(count) {
  await pool.query(`CREATE TABLE oidc (kind text, id text, payload jsonb NOT NULL, grant_id text, expires_at timestamptz, PRIMARY KEY (kind, id))`);
  await pool.query('CREATE INDEX oidc_grant ON oidc (kind, grant_id) WHERE grant_id IS NOT NULL');
  const grant = new provider.Grant({ accountId: 'pattern', clientId: 'app' });
  grant.addOIDCScope('openid offline_access');
  const grantId = await grant.save(86400);
  const client = await provider.Client.find('app');
  const token = new provider.RefreshToken({
    accountId: 'pattern', client, grantId, gty: 'authorization_code', scope: 'openid offline_access', iiat: Math.floor(Date.now() / 1000),
    rotations: 0,
  });
  await token.save(86400);
  await pool.query(`INSERT INTO oidc SELECT o.kind, 'grant' || i, o.payload || jsonb_build_object('jti', 'grant' || i), NULL, o.expires_at
    FROM oidc o, generate_series(1, $1::integer) i WHERE o.kind = 'Grant'`, [count]);
  await pool.query(`INSERT INTO oidc
    SELECT o.kind, t.id, o.payload || jsonb_build_object('jti', t.id, 'grantId', 'grant' || t.i), 'grant' || t.i, o.expires_at
    FROM oidc o, (SELECT i, substr(md5('${process.env.SECRET}' || i) || md5('x' || i), 1, 43) AS id FROM generate_series(1, $1::integer) i) t
    WHERE o.kind = 'RefreshToken'`, [count]);
  await pool.query('ANALYZE');
  await pool.end();
}

await run(prepare, () => provider.callback());
