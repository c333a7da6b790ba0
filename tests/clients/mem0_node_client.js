// mem0's Node SDK, unmodified, with its history in historyd: prints what it got as JSON.
// Usage: node mem0_node_client.js URL KEY
const http = require("http");
const {HistoryManagerFactory, Memory, VectorStoreFactory} = require("mem0ai/oss");

globalThis.WebSocket ??= require("ws"); // supabase-js wants one even for tables; Node 22 has it

const [url, key] = process.argv.slice(2);
const historyStore = {provider: "supabase", config: {supabaseUrl: url, supabaseKey: key, tableName: "memory_history"}};

// An OpenAI that remembers every sentence as it is: vectors of letter counts, a memory a message.
function vector(text) {
    const counts = new Array(26).fill(0);
    for (const c of text.toLowerCase()) if (c >= "a" && c <= "z") counts[c.charCodeAt(0) - 97] += 1;
    return counts;
}

function answer(path_, body) {
    if (path_.endsWith("/embeddings")) {
        const input = [body.input].flat();
        return {data: input.map((text, index) => ({index, embedding: vector(text)}))};
    }
    const said = body.messages.at(-1).content;
    const texts = ["Likes tea", "Lives in Vienna"].filter((text) => said.includes(text));
    const content = JSON.stringify({memory: texts.map((text, n) => ({id: String(n), text}))});
    return {choices: [{message: {role: "assistant", content}}]};
}

// A vector store in memory: mem0's own wants better-sqlite3 compiled.
class Vectors {
    rows = new Map();
    async initialize() {}
    async insert(vectors, ids, payloads) {
        ids.forEach((id, n) => this.rows.set(id, {id, vector: vectors[n], payload: payloads[n]}));
    }
    async search() {
        return [...this.rows.values()].map(({id, payload}) => ({id, payload, score: 1}));
    }
    async keywordSearch() {
        return null;
    }
    async get(id) {
        return this.rows.get(id) || null;
    }
    async update(id, vector, payload) {
        this.rows.set(id, {id, vector, payload});
    }
    async delete(id) {
        this.rows.delete(id);
    }
    async list() {
        return [[...this.rows.values()], this.rows.size];
    }
    async deleteCol() {
        this.rows.clear();
    }
}
VectorStoreFactory.create = () => new Vectors();

const openai = http.createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify(answer(request.url, JSON.parse(text))));
    });
});

// The class by itself, as Memory makes it.
async function store() {
    const history = HistoryManagerFactory.create("supabase", historyStore);
    await history.addHistory("m1", null, "tea", "ADD", "2026-01-01T00:00:00.123Z");
    await history.addHistory("m1", "tea", "coffee", "UPDATE", "2026-01-02T00:00:00+02:00", "2026-01-02T00:00:01Z");
    await history.addHistory("m1", "coffee", null, "DELETE", undefined, undefined, 1);
    await history.addHistory("m2", null, "it's \"quoted\" ünd 日本", "ADD");
    const rows = await history.getHistory("m1");
    const now = Date.now() - Date.parse(rows[0].created_at);
    const fresh = now >= 0 && now < 60_000;
    const two = await history.getHistory("m2");
    await history.reset();
    return {
        rows: rows.map(({id, created_at, ...rest}, n) => ({...rest, created_at: n === 0 ? fresh : created_at})),
        ids: new Set(rows.map((row) => row.id)).size,
        two: two[0].new_value,
        after_reset: [await history.getHistory("m1"), await history.getHistory("m2")],
    };
}

async function at_once() {
    const history = HistoryManagerFactory.create("supabase", historyStore);
    const writes = Array.from({length: 200}, (_, n) => history.addHistory("busy" + (n % 4), null, "v" + n, "ADD"));
    await Promise.all(writes);
    const all = await Promise.all([0, 1, 2, 3].map((n) => history.getHistory("busy" + n)));
    await history.reset();
    return all.map((rows) => new Set(rows.map((row) => row.new_value)).size);
}

async function memory() {
    const baseURL = `http://127.0.0.1:${openai.address().port}/v1`;
    const config = {apiKey: "none", baseURL};
    const m = new Memory({
        embedder: {provider: "openai", config: {...config, model: "e", embeddingDims: 26}},
        llm: {provider: "openai", config: {...config, model: "l"}},
        vectorStore: {provider: "memory", config: {collectionName: "c", dimension: 26}},
        historyStore,
    });
    const said = [{role: "user", content: "Likes tea. Lives in Vienna."}];
    const added = (await m.add(said, {userId: "u"})).results;
    const [tea, vienna] = ["Likes tea", "Lives in Vienna"].map((text) => added.find((r) => r.memory === text).id);
    await m.update(tea, "Likes coffee");
    await m.delete(vienna);
    const history = async (id) =>
        (await m.history(id)).map((h) => [h.action, h.previous_value, h.new_value, h.is_deleted]).sort();
    const got = {tea: await history(tea), vienna: await history(vienna), left: (await m.get(tea)).memory};
    await m.reset();
    return {...got, after_reset: [await m.history(tea), await m.history(vienna)]};
}

async function main() {
    await new Promise((ready) => openai.listen(0, "127.0.0.1", ready));
    const results = {};
    for (const part of [store, at_once, memory]) {
        try {
            results[part.name] = await part();
        } catch (e) {
            results[part.name] = {failed: String(e.stack || JSON.stringify(e))};
        }
    }
    openai.closeAllConnections();
    openai.close();
    process.stdout.write(JSON.stringify(results), () => process.exit(0));
}

main().catch((e) => {
    console.error(e);
    process.exit(1);
});
