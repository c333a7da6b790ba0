// @supabase/supabase-js against historyd's REST interface: prints each answer as JSON.
// Usage: node supabase_client.js URL KEY
const {createClient} = require("@supabase/supabase-js");

const [url, key] = process.argv.slice(2);
const options = {auth: {persistSession: false}, realtime: {transport: require("ws")}};
const db = createClient(url, key, options);
const things = () => db.from("things");

// What an application gets back, without what follows from it.
function shown({data, error, count, status}) {
    const out = {status};
    if (data !== null) out.data = data;
    if (count !== null) out.count = count;
    if (error !== null) out.error = error;
    return out;
}

// The names of the rows that a filter leaves.
async function names(query) {
    const {data, error} = await query.order("id");
    return error ? error.code + ": " + error.message : data.map((row) => row.name);
}

async function insert() {
    return [
        await things().insert({name: "ant", n: 1, price: 1.10, ok: true}),
        await things().insert({name: "bee", n: 2, data: {wings: 4, legs: [1, 2]}, tags: ["a", "b c"]}).select(),
        await things().insert([{name: "cow", n: 30}, {name: "dog", price: "2.50", ok: false}]).select("name, n, price, ok"),
        await things().insert([{name: "eel"}, {n: 5, name: "fox"}], {defaultToNull: false, count: "exact"}),
        await things().insert({name: "gnu", at: "2026-05-01T12:00:00+02:00"}).select("name,at").single(),
        await things().insert([]).select(),
    ].map(shown);
}

async function insert_errors() {
    return [
        await things().insert({name: "ant"}),
        await things().insert({nope: 1}),
        await things().insert({name: "x", n: "many"}),
        await things().insert({name: null}),
        await things().insert([{name: "two"}, {name: "rows"}]).select().single(),
        await db.from("nowhere").insert({a: 1}),
    ].map(shown);
}

async function select() {
    return [
        await things().select("id,name").order("id").limit(2),
        await things().select("label:name, number:n::text, legs:data->legs, data->>wings").eq("name", "bee"),
        await things().select("name", {count: "exact"}).order("name", {ascending: false}).range(1, 2),
        await things().select("*", {count: "exact", head: true}),
        await things().select("name").eq("name", "bee").single(),
        await things().select("name").eq("name", "nobody").single(),
        await things().select("name").eq("name", "nobody").maybeSingle(),
        await things().select("name").like("name", "%e%").maybeSingle(),
        await things().select("name, n").in("name", ["ant", "bee"]).order("id").csv(),
        await things().select("name, n, data").eq("name", "cow").stripNulls(),
        await things().select("name").order("n", {nullsFirst: true}).order("id").limit(3),
        await things().select("name").order("n", {ascending: false, nullsFirst: false}).limit(3),
        await things().select("name", {count: "exact"}).range(100, 110),
    ].map(shown);
}

async function select_errors() {
    return [
        await things().select("nope"),
        await things().select("name, other(*)"),
        await things().select("name").eq("n", "x"),
        await db.from("nowhere").select(),
        await db.schema("private").from("things").select(),
        await db.rpc("f", {a: 1}),
        await things().select("name").textSearch("name", "x"),
    ].map(shown);
}

async function filters() {
    const all = () => things().select("name");
    return {
        eq: await names(all().eq("n", 1)),
        neq: await names(all().neq("n", 1)),
        gt: await names(all().gt("n", 2)),
        gte: await names(all().gte("n", 2)),
        lt: await names(all().lt("price", 2)),
        lte: await names(all().lte("price", 2.5)),
        like: await names(all().like("name", "_o%")),
        ilike: await names(all().ilike("name", "%E%")),
        likeAnyOf: await names(all().likeAnyOf("name", ["a%", "b%"])),
        likeAllOf: await names(all().likeAllOf("name", ["%e%", "%l"])),
        ilikeAnyOf: await names(all().ilikeAnyOf("name", ["A%", "%X"])),
        is_null: await names(all().is("price", null)),
        is_true: await names(all().is("ok", true)),
        not_is: await names(all().not("ok", "is", null)),
        in: await names(all().in("name", ["ant", "x,y", 'q"'])),
        in_nothing: await names(all().in("name", [])),
        not_in: await names(all().not("name", "in", '("ant","bee","cow")')),
        contains: await names(all().contains("tags", ["a"])),
        contained: await names(all().containedBy("tags", ["a", "b c", "d"])),
        overlaps: await names(all().overlaps("tags", ["b c", "z"])),
        json_contains: await names(all().contains("data", {wings: 4})),
        json_path: await names(all().eq("data->>wings", "4")),
        match: await names(all().match({name: "cow", n: 30})),
        or: await names(all().or("n.eq.1,name.eq.cow")),
        nested: await names(all().or("n.eq.1,and(n.gt.1,not.or(n.gt.29,name.is.null))")),
        filter: await names(all().filter("name", "match", "^[ab]")),
        several: await names(all().gt("n", 0).lt("n", 3)),
        time: await names(all().gte("at", "2026-05-01T10:00:00Z").lt("at", "2026-05-01T10:00:01Z")),
        special: await names(all().eq("name", "a&b=c'd\"e%20+ä")),
    };
}

async function update() {
    return [
        await things().update({n: 100}).eq("name", "ant"),
        await things().update({n: 101, data: {a: null}}).in("name", ["ant", "bee"]).select("name,n,data").order("name", {ascending: false}),
        await things().update({n: 1}, {count: "exact"}).eq("name", "nobody"),
        await things().update({price: null}).eq("name", "ant").select().single(),
        await things().update({n: 7}).in("name", ["ant", "bee"]).select().single(),
        await things().select("name,n").in("name", ["ant", "bee"]).order("name"),
        await things().update({n: 1}),
        await things().update({nope: 1}).eq("name", "ant"),
        await things().update({n: 8}).in("name", ["ant", "bee"]).maxAffected(1),
        await things().select("n").eq("name", "ant").single(),
    ].map(shown);
}

async function upsert() {
    return [
        await things().upsert({name: "ant", n: 9}, {onConflict: "name"}).select("name,n,ok"),
        await things().upsert([{name: "ant", n: 10}, {name: "hen", n: 11}], {onConflict: "name"}).select("name,n"),
        await things().upsert({name: "ant", n: 12}, {onConflict: "name", ignoreDuplicates: true}).select("name,n"),
        await things().upsert({id: 1, name: "ant", n: 13}).select("id,n"),
        await things().upsert({name: "x"}, {onConflict: "n"}),
    ].map(shown);
}

async function remove() {
    return [
        await things().delete().eq("name", "hen"),
        await things().delete({count: "exact"}).eq("name", "fox"),
        await things().delete().in("name", ["eel", "nobody"]).select("name"),
        await things().delete(),
        await things().delete().eq("name", "gnu").rollback(),
        await things().select("name").eq("name", "gnu"),
        await things().select("*", {count: "exact", head: true}),
    ].map(shown);
}

async function values() {
    const text = "a&b=c'd\"e%20+ä";
    const {data} = await things().insert({name: text, n: -2147483648, price: "12345678901234567890.10"}).select("*").single();
    const read = await things().select("name,n,price::text,ok,data,tags,at").eq("name", text).single();
    return [typeof data.id, data.name === text, read.data];
}

async function refused() {
    const stranger = createClient(url, "wrong", options);
    return [await stranger.from("things").select(), await stranger.from("things").insert({name: "x"})].map(shown);
}

async function main() {
    const results = {};
    for (const part of [insert, insert_errors, select, select_errors, filters, update, upsert, remove, values, refused]) {
        try {
            results[part.name] = await part();
        } catch (e) {
            results[part.name] = {failed: String(e.stack)};
        }
    }
    console.log(JSON.stringify(results));
}

main().catch((e) => {
    console.error(e);
    process.exit(1);
});
