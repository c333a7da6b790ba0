create table p(id int primary key, name text, unique(name))

create table t1(a int, a int)

create table t1(a datetime)

create table t1(a int null not null)

create table t1(a int default 1 default 2)

create table t1(a int primary key, b int primary key)

create table t1(a int primary key, primary key(a))

create table t1(a int, primary key(b))

create table t1(a int, primary key(a,a))

create table t1(a int, unique(a,a))

create table t1(a serial default 3)

create table t1(a text generated always as identity)

create table t1(a int default 1 generated always as identity)

create table t1(a int references nope)

create table t1(a int references p(nope))

create table t1(a text references p(id))

create table t1(a int, b int, foreign key(a,b) references p(id))

create table t1(b int, foreign key(a) references p(id))

create table t1(a text, foreign key(a) references p(name), check (zz > 0))

create table t1(a int references p(id), constraint x check (a > 0), constraint x check (a > 1))

create table t1(a int check (a))

create table t1(a int check (sum(a) > 1))

create table t1(a int check (a in (select 1)))

create table t1(a int default (select 1))

create table t1(a int default 'x')

create table t1(a int default now())

create table t1(a int, b int default a)

create table t1(a int, b int generated always as (a*2) stored default 4)

create table t1(a int, b int generated always as (b+1) stored)

create table t1(ctid int)

create table nos.t1(a int)

create table p(id int)

create table if not exists p(id int)

create table t2(a int, b text, constraint k primary key(a))

create table t3(a int, constraint k unique(a))

create table pg_catalog.foo(a int)

create table t5(a int, foreign key (a) references t2 (b))

create table t10(a varchar(0))

create table t10(a numeric(1001))

create table t10(a text(3))

create table t15(a unknown)

create table t15(a record)

create table t24(a int primary key) with (fillfactor=101)

create table t24(a int primary key) with (foo=1)

create table t24(a int primary key) with (fillfactor=70)

create table t8(a serial not null, b serial, c bigserial unique, d int unique, e int unique check (e > 0) check (e < 5), check (a > b), check(a > 1))

select conname, contype, pg_get_constraintdef(oid) from pg_constraint where conrelid='t8'::regclass order by conname

select attname, pg_get_expr(adbin, adrelid) from pg_attrdef join pg_attribute on attrelid=adrelid and attnum=adnum where adrelid='t8'::regclass order by attnum

select relname from pg_class where relname like 't8%' order by relname

create table d(a int default 0, b bigint default 0, c bigint default '7', n numeric(10,2) default 0, n2 numeric default -1.5, i2 int default -3, t text default 'x', v varchar(10) default 'x', ts timestamp default now(), tz timestamptz default current_timestamp, tz2 timestamptz default timezone('utc', now()), ts2 timestamp default (now() at time zone 'utc'), u uuid default gen_random_uuid(), j jsonb default '{}', j2 jsonb default '{}'::jsonb, bb bool default false, f float8 default 1.5, f2 float8 default 0, arr text[] default '{}', arr2 text[] default array[]::text[], arr3 int[] default array[1,2], dd date default current_date, s text default 'a'||'b', x text default lower('A'), y text default null, z int default 1+2*3, vv varchar default 'it''s', ii interval default '1 hour', si smallint default 5, q timestamptz default now() + interval '1 day', ct text default current_user, cc char(3) default 'a', bt bytea default '\x00', c1 text default coalesce(null,'a'), e8 int default extract(epoch from now())::int, ts3 timestamp default '2020-01-01', big bigint default 10000000000, num numeric default 1.50)

select attname, pg_get_expr(adbin, adrelid) from pg_attrdef join pg_attribute on attrelid=adrelid and attnum=adnum where adrelid='d'::regclass order by attnum

insert into d default values returning a,b,c,n,n2,i2,t,v,j,j2,bb,f,f2,arr,arr2,arr3,s,x,y,z,vv,ii,si,ct,cc,bt,c1,ts3,big,num

create table ck(a int, b bigint, v varchar(10), t text, n numeric, f float8, bb bool, ts timestamp, j jsonb, check (a > 0), check (t = 'a'), check (v = 'a' or v is null), check (v in ('a','b')), check (t in ('a','b')), check (a between 1 and 5), check (n > 0), check (f > 0 and not bb), check (length(v) > 0), check (t like 'a%'), check (a in (1,2)), check (b > 0), check (v is not null), check (a::text <> ''), check (n >= 0.5), check (t ~ '^a'), check (a <> 7), check (bb is not true), check (a+1 < b*2), check (v <> t), check (j ? 'a'), check (j->>'a' = 'b'), check (t is distinct from 'x'), check (char_length(t) <= 10), check (coalesce(a,0) > 0), check (a not in (8,9)), check (v not like 'x%'), check (ck.a > -1), check (upper(v) <> v), check (ts > '2000-01-01'), check (trim(t) <> ''))

select pg_get_constraintdef(oid) from pg_constraint where conrelid='ck'::regclass order by oid

insert into ck values(1, 2, 'b', 'a', 1.5, 0.5, false, '2020-01-01', '{"a":"b"}')

insert into ck values(0, 2, 'b', 'a', 1.5, 0.5, false, '2020-01-01', '{"a":"b"}')

insert into ck values(1, 2, 'b', 'a', 1.5, 0.5, true, '2020-01-01', '{"a":"b"}')

create table ii(id int generated always as identity primary key, a int not null, b text default 'x', c varchar(3), g int generated always as (a*2) stored, d int generated by default as identity)

insert into ii(id,a) values(1,2)

insert into ii(id,a) overriding system value values(1,2)

insert into ii(id,a) overriding user value values(1,2)

insert into ii(nope) values(1)

insert into ii(a,a) values(1,2)

insert into ii(a) values(1,2)

insert into ii(a,b) values(1)

insert into ii(a,b) select 1

insert into ii(a,b) select 1,2,3

insert into ii values(1,2,3,4,5,6,7)

insert into ii(a) values('x')

insert into ii(a) values(now())

insert into ii(a) values(true)

insert into ii(a,c) values(1,'abcd')

insert into ii(g) values(1)

insert into ii(a,g) values(1, default)

insert into ii(a) values(1),(2,3)

insert into ii(a,b) values(1,default),(2,'z') returning a, b, c, g

insert into ii(a) values(1) on conflict (b) do nothing

insert into ii(a) values(1) on conflict on constraint nope do nothing

insert into ii(a) values(1) on conflict do update set a=1

insert into ii(a) values(1) on conflict (nope) do nothing

insert into ii(id,a) overriding system value values(100,2),(100,3) on conflict (id) do update set a=excluded.a

insert into ii(id,a) overriding system value values(101,2) on conflict (id) do update set nope=excluded.a

insert into ii(id,a) overriding system value values(101,2) on conflict (id) do update set a=a+1

insert into ii(id,a) overriding system value values(101,2) on conflict (id) do update set a=ii.a+1 returning id, a

insert into ii(id,a) overriding system value values(101,2),(102,5) on conflict (id) do update set a=ii.a+excluded.a where ii.a > 0 returning id, a

insert into ii(id,a) overriding system value values(101,2) on conflict (id) do update set a=0 where ii.a > 100 returning id, a

insert into ii(id,a) overriding system value values(101,2) on conflict do nothing returning id

insert into ii(a) values(a)

update ii set id = 3

update ii set g = 3

update ii set g = default

update ii set nope = 3

update ii set a = 'x'

update ii set a = now()

update ii set a=1, a=2

update ii set (a,b) = (1,'q'), c = default where a = 2

update ii set (a,b) = (select 1,2)

update ii set (a,b) = (1,2,3)

update ii set a = 1 where a

update ii set a = sum(a)

update nope set a=1

delete from nope

delete from ii where nope=1

update ii x set a=1 where ii.a=1

update ii x set a = 7 where x.id = 101 returning x.a, x.g

update ii set ii.a = 1

create view vv as select id, a from ii

truncate vv

truncate nope

insert into ii(a) values(1) returning nope

insert into ii(a) select a from (values(1),(2)) v(a) order by a desc returning a+1 as z, 'k'

insert into ii(a) values ((select 5)) returning a

insert into ii(a) values(1.6),(1.4) returning a

insert into ii(a,b) values(1, 2.50) returning b

insert into ii(a) values(array[1])

insert into ii(a) select 'x'

insert into ii(a) select 'x'::text

with w as (select 41 as n) insert into ii(a) select n + 1 from w returning a

with w as (select 42 as n) update ii set b = 'w' from w where ii.a = w.n returning b

with w as (select 42 as n) delete from ii using w where ii.a = w.n returning b

insert into nope values(1)

create table par(id int primary key, x text)

create table chi(id int references par, y int)

insert into par values (1,'a'),(2,'b')

insert into chi values (1,10),(2,20)

update chi set y = par.id + 100 from par where par.id = chi.id and par.x = 'b'

select * from chi order by id

delete from chi using par p where p.id = chi.id and p.x = 'a' returning chi.id, chi.y

select * from chi

truncate par

truncate par, chi

insert into par values (1,'a')

insert into chi values (1,1)

truncate par cascade

select count(*) from chi

create table sq1(id serial primary key, v text)

insert into sq1(v) values('a'),('b')

truncate sq1 restart identity

insert into sq1(v) values('c') returning id

drop table p, nope

drop table par

drop view ii

drop table vv

drop index t2

drop table nope

drop table if exists nope, nope2

drop view if exists nope

drop index nope

drop index if exists nope

drop sequence nope

drop sequence if exists nope

drop sequence sq1_id_seq

drop schema nope

drop schema if exists nope

drop index p_pkey

drop type nope

drop type if exists nope

drop table if exists nos.t

drop table nos.t

drop table ii

drop table par cascade

drop table ii cascade

insert into chi values (99,1)

create table t(id int primary key, a int, b text)

alter table t add column a int

alter table t add column if not exists a int

alter table t drop column nope

alter table t drop column if exists nope

alter table t rename nope to x

alter table t rename a to b

alter table t rename to chi

alter table nope add column x int

alter table if exists nope add column x int

alter table t alter nope set not null

alter table t alter a set default 'x'

alter table t alter nope set default 1

alter table t alter id drop not null

alter table t add primary key(a)

alter table t add constraint t_pkey unique(a)

alter table t drop constraint nope

alter table t drop constraint if exists nope

alter table t rename constraint nope to x

insert into t values(1,null,'x')

alter table t alter a set not null

alter table t add column nn int not null

alter table t add check (a > 0)

alter table t add check (id > 5)

alter table t add constraint q check(id>0), add constraint q check(id>0)

alter table t alter b type int

alter table t alter b type int using b::int

alter table t add unique(b)

insert into t values(2,5,'x')

insert into t values(2,-5,'y')

insert into t values(2,5,'y')

alter table t alter nope type int

create view tv as select a from t

alter table t drop column a

alter table t alter a type bigint

drop view tv

alter table t alter a type text

alter table t drop constraint t_a_check, alter a type text

select id, a, b from t order by id

alter table t alter a type numeric(10,2) using a::numeric

select id, a, b from t order by id

alter table t add column z int default 7 not null

alter table t add column y timestamptz, add column w varchar(5) default 'abc' check (length(w) < 4)

select id, a, b, z, y, w from t order by id

update t set w = 'abcd' where id = 1

update t set z = null where id = 1

alter table t alter z drop not null, alter w drop default

update t set z = null where id = 1

alter table t add column s serial

select id, s from t order by id

insert into t(id) values (3) returning id, a, b, z, y, w, s

alter table t alter z add generated always as identity

alter table t alter z drop identity

alter table t alter z drop identity if exists

alter table t drop column w, drop column z

alter table t rename column y to created_at

alter table t rename to renamed

select * from renamed where id = 3

alter table renamed rename constraint t_b_key to unique_b

insert into renamed(id, b) values (4, 'x')

alter table renamed drop constraint unique_b

insert into renamed(id, b) values (4, 'x')

select column_name, data_type, is_nullable, column_default from information_schema.columns where table_name = 'renamed' order by ordinal_position

create index on renamed(b)

create index on renamed(b)

create index on renamed(lower(b), a desc)

create index ti on renamed(a)

create index ti on renamed(b)

create index if not exists ti on renamed(b)

create index on renamed(nope)

create index on nope(a)

create index on renamed using nope(a)

create unique index on renamed using hash(a)

create index on renamed(random())

create index on renamed(a) where b > 'x'

create unique index one_x on renamed(b)

create unique index one_b on renamed(b) where id > 2

insert into renamed(id, b) values (5, 'x') on conflict (b) where id > 2 do nothing

select indexname, indexdef from pg_indexes where tablename = 'renamed' order by 1

alter index ti rename to tj

drop index tj, one_b

create view v as select id, a from renamed

create view v as select 1

create or replace view v as select id from renamed

create or replace view v as select id, a as c from renamed

create or replace view v as select id, a, b from renamed

select id, b from v order by id

create view v2(x) as select 1 as a, 2 as b

select * from v2

create view v3(x,y,z) as select 1 as a, 2 as b

create view v3 as select 1 as a, 2 as a

create view renamed as select 1

drop table renamed

alter table renamed drop column a

drop table renamed cascade

create schema s

create schema s

create schema if not exists s

create schema pg_foo

create table s.x(a int primary key, b text)

insert into s.x values(1,'one') returning a

select b from s.x

create index on s.x(b)

drop schema s

drop schema s cascade

create sequence sq

create sequence sq

create sequence if not exists sq

create sequence sq2 start 0

create sequence sq2 minvalue 5 maxvalue 4

create sequence sq2 increment 0

create sequence sq2 increment -2 start 10 maxvalue 10

select nextval('sq2'), nextval('sq2')

alter sequence nope restart

alter sequence if exists nope restart

alter sequence sq restart with 10 maxvalue 5

alter sequence sq restart with 10

select nextval('sq')

create table us(id int default nextval('sq'), v text)

insert into us(v) values('x') returning id

drop sequence sq

drop sequence sq cascade

insert into us(v) values('x') returning id

comment on table nope is 'x'

comment on table us is 'about us'

comment on column us.v is 'the v'

comment on column us.nope is 'x'

select obj_description('us'::regclass), col_description('us'::regclass, 2)

create table cta as select id, v, 1 as one, now() as at from us

create table if not exists cta as select 1

create table ctb as select 1, 2

create table ctb(x,y,z) as select 1, 2

create table ctb(x) as select 1 a, 'k' b, null c

select x, b, c from ctb

select v into ctc from us

select count(*) from ctc

create table self(id int primary key, p int references self)

insert into self values (1, null), (2, 1), (3, 3)

insert into self values (4, 9)

delete from self where id = 1

drop table self

create table aa(id int primary key)

create table bb(id int primary key, a int references aa on delete cascade)

insert into aa values (1),(2)

insert into bb values (1,1),(2,2)

delete from aa where id = 1

select * from bb

drop table aa

drop table aa, bb

drop extension if exists nope

create table "Mixed"("Id" int primary key, "user" text default 'me', "order" int)

insert into "Mixed"("Id") values (1) returning *

update "Mixed" set "order" = 5 where "Id" = 1 returning "order", "user"

alter table "Mixed" rename "order" to "Sort"

select "Sort" from "Mixed"

create table history (id varchar primary key, memory_id text, old_memory text, new_memory text, event text, created_at timestamp default now(), updated_at timestamp default now(), is_deleted integer default 0, actor_id text, role text)

insert into history (id, memory_id, event, is_deleted) values ('a', 'm1', 'ADD', 0) returning id, is_deleted

insert into history (id) values ('a')

insert into history (id) values (null)

insert into history (id, is_deleted) values ('b', 'x')

insert into history (id, created_at) values ('c', '2024-01-02T03:04:05Z') returning created_at

insert into history (id, created_at) select p0::varchar, p1::timestamp from (values ('d', '2020-01-01', 0), ('e', '2021-01-01', 1)) as imp_sen(p0, p1, sen_counter) order by sen_counter returning id, created_at

delete from history where id in ('a', 'c') returning id

select id from history order by id

drop table history
