DROP TABLE IF EXISTS history;
CREATE TABLE history (
    id text PRIMARY KEY,
    memory_id text,
    old_memory text,
    new_memory text,
    event text,
    created_at timestamptz,
    updated_at timestamptz,
    is_deleted integer,
    actor_id text,
    role text);
CREATE INDEX history_memory_id ON history (memory_id)
