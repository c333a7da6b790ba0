// node-postgres against one server: prints what it got as JSON. Usage: node node_client.js URL
const {Client, Pool} = require("pg");
const Cursor = require("pg-cursor");

const url = process.argv[2];

async function basics(client) {
    await client.query("DROP TABLE IF EXISTS memory_history");
    await client.query(`CREATE TABLE IF NOT EXISTS memory_history (
        id text PRIMARY KEY, memory_id text NOT NULL, previous_value text, new_value text, action text NOT NULL,
        created_at timestamptz DEFAULT timezone('utc', now()), updated_at timestamptz, is_deleted integer DEFAULT 0)`);
    const insert = `INSERT INTO memory_history (id, memory_id, previous_value, new_value, action, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, created_at, is_deleted`;
    const first = await client.query(insert, ["a", "m1", null, "tea", "ADD", new Date("2024-05-01T10:00:00.123Z")]);
    await client.query(insert, ["b", "m1", "tea", "coffee", "UPDATE", "2024-05-01T12:00:00+01:00"]);
    const all = await client.query("SELECT * FROM memory_history WHERE memory_id = $1 ORDER BY created_at DESC", ["m1"]);
    const several = await client.query("SELECT 1 AS a; SELECT 2 AS b, 'x' AS c");
    return {
        returning: first.rows[0],
        command: [first.command, first.rowCount],
        all: all.rows,
        fields: all.fields.map((f) => [f.name, f.dataTypeID]),
        several: several.map((r) => r.rows),
        updated: (await client.query("UPDATE memory_history SET is_deleted = $1 WHERE id = $2", [1, "a"])).rowCount,
    };
}

async function types(client) {
    const sql = `SELECT $1::int4 AS i, $2::int8 AS big, $3::numeric AS n, $4::float8 AS f, $5::bool AS b, $6::jsonb AS j,
        $7::text[] AS a, $8::bytea AS y, $9::date::text AS d, $10::uuid AS u, $11::int[] AS ia, NULL AS nothing`;
    const values = [1, "9007199254740993", "1.10", 1.5, true, {k: [1, null]}, ["x", "y z", null], Buffer.from([0, 255]),
        "2024-02-29", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", [1, 2, 3]];
    const row = (await client.query(sql, values)).rows[0];
    return {...row, y: row.y.toString("hex")};
}

async function prepared(client) {
    const got = [];
    for (let n = 0; n < 5; n++)
        got.push((await client.query({name: "twice", text: "SELECT $1::int * 2 AS v", values: [n]})).rows[0].v);
    return got;
}

async function errors(client) {
    const codes = [];
    const bad = ["SELECT * FROM nowhere", "SELEC", "SELECT 1/0", "INSERT INTO memory_history (id, memory_id, action) VALUES ('a', 'm', 'x')"];
    for (const sql of bad)
        await client.query(sql).catch((e) => codes.push([e.code, e.constraint || null, e.severity]));
    await client.query("SELECT $1::int", ["x"]).catch((e) => codes.push([e.code, null, e.severity]));
    await client.query("BEGIN");
    await client.query("SELECT nothing").catch(() => {});
    await client.query("SELECT 1").catch((e) => codes.push([e.code, null, e.severity]));
    await client.query("ROLLBACK");
    return codes;
}

async function cursors(client) {
    const cursor = client.query(new Cursor("SELECT n FROM generate_series(1, $1::int) AS n", [10]));
    const sizes = [];
    for (let rows = await cursor.read(4); rows.length; rows = await cursor.read(4)) sizes.push(rows.map((r) => r.n));
    await cursor.close();
    return {sizes, after: (await client.query("SELECT 'alive' AS v")).rows[0].v};
}

async function arrays_of_rows(client) {
    return (await client.query({text: "SELECT 1 AS a, 2 AS a", rowMode: "array"})).rows;
}

async function notices(client) {
    const heard = [];
    client.on("notice", (n) => heard.push(n.message));
    await client.query("DROP TABLE IF EXISTS never_was");
    return heard;
}

async function pool() {
    const p = new Pool({connectionString: url, max: 8});
    await p.query("DROP TABLE IF EXISTS node_pool; CREATE TABLE node_pool (id serial PRIMARY KEY, v int)");
    await Promise.all(Array.from({length: 200}, (_, n) => p.query("INSERT INTO node_pool (v) VALUES ($1)", [n])));
    const client = await p.connect();
    await client.query("BEGIN");
    await client.query("DELETE FROM node_pool WHERE v >= 100");
    await client.query("COMMIT");
    client.release();
    const {rows} = await p.query("SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids, sum(v)::int AS total FROM node_pool");
    await p.end();
    return rows[0];
}

async function main() {
    const client = new Client({connectionString: url, application_name: "node"});
    await client.connect();
    const results = {};
    for (const part of [basics, types, prepared, errors, cursors, arrays_of_rows, notices, pool]) {
        try {
            results[part.name] = await part(client);
        } catch (e) {
            results[part.name] = {failed: String(e)};
        }
    }
    await client.end();
    console.log(JSON.stringify(results));
}

main().catch((e) => {
    console.error(e);
    process.exit(1);
});
