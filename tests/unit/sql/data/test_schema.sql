-- The tables of test_schema.cpp, for PostgreSQL.
CREATE TABLE history (id text PRIMARY KEY, memory_id text, old_memory text, new_memory text, event text, created_at timestamptz, updated_at timestamptz, is_deleted int DEFAULT 0, actor_id text, role text);
CREATE TABLE messages (id text PRIMARY KEY, session_scope text, role text, content text, name text, created_at timestamptz);
CREATE TABLE memory_history (id text PRIMARY KEY, memory_id text NOT NULL, previous_value text, new_value text, action text NOT NULL, created_at timestamptz, updated_at timestamptz, is_deleted int);
CREATE TABLE inf (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text, v varchar(20), c char(5), b bool, by bytea, u uuid, ts timestamp, tz timestamptz, d date, ti time, j json, jb jsonb, ta text[], ia int[]);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, born date);
CREATE TABLE book (id int PRIMARY KEY, author_id int NOT NULL, title varchar(50) NOT NULL, price numeric(10,2), sold int8);
CREATE VIEW cheap AS SELECT id, title, price FROM book WHERE price < 10;
