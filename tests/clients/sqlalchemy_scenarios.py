"""SQLAlchemy scenarios that run under 1.4 and 2.x, one process a version (sqlalchemy_test.py starts it).

    python sqlalchemy_scenarios.py URL

Prints one JSON object: scenario → "ok" or the traceback.
"""

from __future__ import annotations

import datetime
import decimal
import json
import sys
import threading
import traceback
import uuid

import sqlalchemy as sa
from sqlalchemy import exc, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, declarative_base, relationship, sessionmaker

Base = declarative_base()
UTC = datetime.timezone.utc


class Author(Base):
    __tablename__ = "sa_author"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False, unique=True)
    created_at = sa.Column(sa.DateTime, default=func.now())
    books = relationship("Book", back_populates="author", cascade="all, delete-orphan", order_by="Book.title")


class Book(Base):
    __tablename__ = "sa_book"
    id = sa.Column(sa.String, primary_key=True, default=lambda: str(uuid.uuid4()))
    author_id = sa.Column(
        sa.Integer, sa.ForeignKey("sa_author.id", ondelete="CASCADE"), nullable=False, index=True
    )
    title = sa.Column(sa.Text)
    price = sa.Column(sa.Numeric(10, 2))
    in_print = sa.Column(sa.Boolean, server_default=sa.true())
    published = sa.Column(sa.Date)
    updated = sa.Column(sa.DateTime(timezone=True), server_default=func.now(), onupdate=func.now())
    tags = sa.Column(postgresql.ARRAY(sa.Text))
    extra = sa.Column(postgresql.JSONB, default=dict)
    author = relationship("Author", back_populates="books")
    __table_args__ = (sa.CheckConstraint("price >= 0", name="sa_book_price"),)


def create_and_drop(engine: sa.engine.Engine) -> None:
    assert sa.inspect(engine).has_table("sa_author") and sa.inspect(engine).has_table("sa_book")
    Base.metadata.create_all(engine)
    Base.metadata.drop_all(engine)
    assert not sa.inspect(engine).has_table("sa_author")


def reflection(engine: sa.engine.Engine) -> None:
    inspector = sa.inspect(engine)
    assert {"sa_author", "sa_book"} <= set(inspector.get_table_names())
    columns = {c["name"]: c for c in inspector.get_columns("sa_book")}
    assert isinstance(columns["price"]["type"], sa.Numeric) and columns["price"]["type"].scale == 2
    assert isinstance(columns["tags"]["type"], postgresql.ARRAY)
    assert isinstance(columns["extra"]["type"], postgresql.JSONB)
    assert columns["updated"]["type"].timezone is True and columns["author_id"]["nullable"] is False
    assert columns["in_print"]["default"] == "true" and columns["updated"]["default"] == "now()"
    assert inspector.get_pk_constraint("sa_book")["constrained_columns"] == ["id"]
    (key,) = inspector.get_foreign_keys("sa_book")
    assert key["referred_table"] == "sa_author" and key["options"] == {"ondelete": "CASCADE"}
    assert [i["name"] for i in inspector.get_indexes("sa_book")] == ["ix_sa_book_author_id"]
    assert inspector.get_unique_constraints("sa_author")[0]["column_names"] == ["name"]
    assert inspector.get_check_constraints("sa_book")[0]["name"] == "sa_book_price"
    reflected = sa.Table("sa_book", sa.MetaData(), autoload_with=engine)
    assert [c.name for c in reflected.columns] == [c.name for c in Book.__table__.columns]
    assert inspector.get_view_names() == [] or "sa_book" not in inspector.get_view_names()
    assert "public" in inspector.get_schema_names() and inspector.default_schema_name == "public"


def crud(engine: sa.engine.Engine) -> None:
    with Session(engine) as s:
        ann = Author(
            name="Ann",
            books=[
                Book(title="B", price=decimal.Decimal("1.50"), tags=["x", "y z"]),
                Book(title="A", extra={"n": [1, None]}),
            ],
        )
        s.add(ann)
        s.commit()
        assert ann.id is not None and isinstance(ann.created_at, datetime.datetime)
        assert [b.title for b in ann.books] == ["A", "B"]
        a, b = ann.books
        assert a.extra == {"n": [1, None]} and b.tags == ["x", "y z"] and b.price == decimal.Decimal("1.50")
        assert a.in_print is True and a.updated.tzinfo is not None
        b.title, b.published = "C", datetime.date(2024, 2, 29)
        s.commit()
        found = s.query(Book).filter(Book.published > datetime.date(2024, 1, 1)).one()
        assert found.title == "C"
        s.delete(ann)
        s.commit()
        assert s.query(Book).count() == 0


def queries(engine: sa.engine.Engine) -> None:
    with Session(engine) as s:
        s.add_all(
            [
                Author(
                    name=f"n{n}", books=[Book(title=f"t{n}-{k}", price=k, tags=["t"] * k) for k in range(n)]
                )
                for n in range(5)
            ]
        )
        s.commit()
        assert s.query(func.count(Book.id)).scalar() == 10
        by_author = (
            s.query(Author.name, func.count(Book.id), func.sum(Book.price))
            .outerjoin(Book)
            .group_by(Author.name)
            .order_by(Author.name)
        )
        assert [tuple(r) for r in by_author][:3] == [
            ("n0", 0, None),
            ("n1", 1, decimal.Decimal("0.00")),
            ("n2", 2, decimal.Decimal("1.00")),
        ]
        assert s.query(Author).filter(Author.books.any(Book.price > 2)).count() == 1
        assert s.query(Author).filter(Author.name.in_(["n1", "n2", "zz"])).count() == 2
        assert s.query(Author).filter(Author.name.ilike("N%"), Author.name.like("%4")).one().name == "n4"
        newest = sa.select(Book.title).order_by(Book.price.desc().nulls_last(), Book.title).limit(2).offset(1)
        assert s.execute(newest).scalars().all() == ["t3-2", "t4-2"]
        streamed = sa.select(Book).where(Book.price >= 1).order_by(Book.id).execution_options(yield_per=2)
        assert [len(part) for part in s.execute(streamed).partitions()] == [2, 2, 2]
        exists = s.query(s.query(Book).filter(Book.title == "t1-0").exists()).scalar()
        assert exists is True
        ranked = sa.select(
            Book.title, func.row_number().over(partition_by=Book.author_id, order_by=Book.title).label("r")
        ).subquery()
        assert s.execute(sa.select(func.count()).select_from(ranked).where(ranked.c.r == 1)).scalar() == 4
        assert s.query(Book).filter(Book.tags.contains(["t"])).count() == 6
        union = sa.union_all(sa.select(sa.literal(1).label("v")), sa.select(sa.literal(2))).subquery()
        assert s.execute(sa.select(func.sum(union.c.v))).scalar() == 3
        case = sa.case((Book.price > 2, "dear"), else_="cheap")
        assert dict(s.query(case, func.count()).group_by(case).all()) == {"dear": 1, "cheap": 9}
        assert (
            s.query(Author).options(sa.orm.joinedload(Author.books)).order_by(Author.id).first().name == "n0"
        )
        assert len(s.query(Author).options(sa.orm.selectinload(Author.books)).all()) == 5


def bulk(engine: sa.engine.Engine) -> None:
    with Session(engine) as s:
        s.add_all([Author(name=f"bulk{n}") for n in range(250)])
        s.flush()
        s.commit()
        assert s.query(Author).filter(Author.name.like("bulk%")).count() == 250
        assert (
            s.execute(
                sa.update(Author)
                .where(Author.name.like("bulk1%"))
                .values(name=Author.name + "x")
                .execution_options(synchronize_session=False)
            ).rowcount
            == 111
        )
        assert (
            s.execute(
                sa.delete(Author)
                .where(Author.name.like("bulk%"))
                .execution_options(synchronize_session=False)
            ).rowcount
            == 250
        )
        s.commit()


def upsert(engine: sa.engine.Engine) -> None:
    with engine.begin() as c:
        insert = postgresql.insert(Author.__table__).values(name="up")
        c.execute(insert)
        again = insert.on_conflict_do_update(
            index_elements=["name"], set_={"name": insert.excluded.name + "!"}
        ).returning(Author.__table__.c.name)
        assert c.execute(again).scalar() == "up!"
        c.execute(postgresql.insert(Author.__table__).values(name="up!").on_conflict_do_nothing())


def savepoints(engine: sa.engine.Engine) -> None:
    with Session(engine) as s:
        s.add(Author(name="kept"))
        s.flush()
        try:
            with s.begin_nested():
                s.add(Author(name="kept"))
                s.flush()
            raise AssertionError("a duplicate was accepted")
        except exc.IntegrityError as failure:
            assert failure.orig.diag.constraint_name if hasattr(failure.orig, "diag") else True
        s.add(Author(name="also kept"))
        s.commit()
        assert s.query(Author).count() == 2


def errors(engine: sa.engine.Engine) -> None:
    with engine.connect() as c:
        for sql, error in (
            ("SELECT * FROM nowhere", exc.ProgrammingError),
            ("INSERT INTO sa_author (name) VALUES (NULL)", exc.IntegrityError),
            ("SELECT 1/0", exc.DataError),
            ("SELECT 'x'::int", exc.DataError),
        ):
            transaction = c.begin()
            try:
                c.execute(sa.text(sql))
                raise AssertionError(f"accepted: {sql}")
            except error:
                transaction.rollback()
        assert c.execute(sa.text("SELECT :a + 1"), {"a": 1}).scalar() == 2


def rollback(engine: sa.engine.Engine) -> None:
    with Session(engine) as s:
        s.add(Author(name="gone"))
        s.flush()
        s.rollback()
        assert s.query(Author).count() == 0


def pre_ping(engine: sa.engine.Engine) -> None:
    pinged = sa.create_engine(engine.url, pool_pre_ping=True, pool_size=1, max_overflow=0)
    for _ in range(3):
        with pinged.connect() as c:
            assert c.execute(sa.text("SELECT 1")).scalar() == 1
    pinged.dispose()


def isolation(engine: sa.engine.Engine) -> None:
    with engine.connect() as c:
        assert c.get_isolation_level() == "READ COMMITTED"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(sa.text("INSERT INTO sa_author (name) VALUES ('auto')"))
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as c:
        assert c.execute(sa.text("SHOW transaction_isolation")).scalar() == "serializable"
        assert c.execute(sa.text("SELECT count(*) FROM sa_author")).scalar() == 1


def threads(engine: sa.engine.Engine) -> None:
    make, failures = sessionmaker(bind=engine), []

    def write(n: int) -> None:
        try:
            for k in range(10):
                with make() as s:
                    s.add(Author(name=f"thread {n} {k}"))
                    s.commit()
        except Exception as failure:  # Reported by the main thread.
            failures.append(failure)

    running = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for t in running:
        t.start()
    for t in running:
        t.join()
    assert not failures, failures[0]
    with make() as s:
        assert s.query(func.count(Author.id), func.count(Author.id.distinct())).one() == (80, 80)


SCENARIOS = [
    create_and_drop,
    reflection,
    crud,
    queries,
    bulk,
    upsert,
    savepoints,
    errors,
    rollback,
    pre_ping,
    isolation,
    threads,
]


def main(url: str) -> None:
    engine = sa.create_engine(url)
    results = {"version": sa.__version__}
    for scenario in SCENARIOS:
        try:
            Base.metadata.drop_all(engine)
            Base.metadata.create_all(engine)
            scenario(engine)
            results[scenario.__name__] = "ok"
        except Exception:
            results[scenario.__name__] = traceback.format_exc(limit=-6)
        engine.dispose()
    try:
        Base.metadata.drop_all(engine)
    finally:
        print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
