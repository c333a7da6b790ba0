\set memory random(1, 1000)
INSERT INTO history (id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted, actor_id, role)
VALUES (gen_random_uuid()::text, 'memory-' || :memory, 'Lives in Lisbon and works from home', 'Lives in Porto and works from an office by the river', 'UPDATE', now(), now(), 0, 'agent-1', 'user');
