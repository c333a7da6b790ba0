"""Django on one database: its migrations forth and back, its ORM, inspectdb. Prints what it sees, the same everywhere.

    python django_client.py postgresql://user@host:port/database
"""

from __future__ import annotations

import datetime
import sys
import urllib.parse

import django
from django.conf import settings
from django.core.management import call_command

SCHEMA = "django_client"


def configure(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    options = {"options": f"-c search_path={SCHEMA}"}
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": parts.hostname,
                "PORT": str(parts.port),
                "USER": parts.username,
                "PASSWORD": parts.password or "",
                "NAME": parts.path.lstrip("/"),
                "OPTIONS": options,
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def migrate() -> None:
    call_command("migrate", no_color=True)
    call_command("migrate", "auth", "0007", no_color=True)
    call_command("migrate", "auth", no_color=True)
    call_command("inspectdb")


def users() -> None:
    from django.contrib.auth.models import Group, User
    from django.db import IntegrityError, connection, transaction
    from django.db.models import Avg, Case, Count, Exists, F, Max, OuterRef, Q, Subquery, Value, When, Window
    from django.db.models.functions import Coalesce, Concat, Length, Rank, TruncMonth, Upper

    joined = datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.timezone.utc)
    groups = Group.objects.bulk_create([Group(name=name) for name in ("readers", "writers", "nobody")])
    for n in range(12):
        user = User.objects.create_user(f"user{n}", f"u{n}@example.org", "x", first_name="abc"[n % 3] * n)
        User.objects.filter(pk=user.pk).update(date_joined=joined + datetime.timedelta(days=9 * n))
        user.groups.add(*groups[: n % 3])
    fixed = {"defaults": {"date_joined": joined}}
    made = User.objects.get_or_create(username="user3"), User.objects.update_or_create(username="user99", **fixed)
    print("made", made)
    with transaction.atomic():
        try:
            with transaction.atomic():
                User.objects.create_user("user5")
        except IntegrityError as error:
            print("refused", type(error.__cause__).__name__)
        locked = User.objects.select_for_update(of=("self",)).get(username="user5")
        locked.last_name = "locked"
        locked.save(update_fields=["last_name"])

    everybody = User.objects.order_by("username")
    print("aggregates", everybody.aggregate(Count("id"), Max("date_joined"), mean=Avg(Length("first_name"))))
    months = User.objects.annotate(m=TruncMonth("date_joined")).values_list("m").annotate(Count("id"))
    print("months", list(months.order_by("m"))[:4])
    counted = Group.objects.annotate(n=Count("user", filter=Q(user__username__lt="user5")))
    print("groups", list(counted.values_list("name", "n").order_by("name")))
    ranked = everybody.annotate(r=Window(Rank(), partition_by="is_staff", order_by=Length("first_name").desc()))
    print("ranks", list(ranked.values_list("username", "r"))[:5])
    by_group = Group.objects.order_by("name")
    newest = User.objects.filter(groups=OuterRef("pk")).annotate(d=Length("username") + Length(OuterRef("name")))
    newest = newest.order_by("-d", "-username").values("username")[:1]
    print("newest", list(by_group.annotate(u=Subquery(newest)).values_list("name", "u")))
    nearest = User.objects.annotate(d=F("id") * OuterRef("id")).order_by("-d").values("username")[:1]
    print("nearest", list(by_group.annotate(u=Subquery(nearest)).values_list("name", "u")))
    writers = Group.objects.filter(user=OuterRef("pk"), name__iexact="WRITERS")
    print("exists", everybody.filter(Exists(writers)).count())
    texts = everybody.annotate(t=Concat(Upper("username"), Value("/"), Coalesce("first_name", Value("-"))))
    print("texts", list(texts.values_list("t", flat=True))[:3])
    alike = everybody.filter(Q(email__contains="1@") | Q(username__regex=r"^user[0-2]$"))
    print("like", list(alike.values_list("username", flat=True)))
    united = everybody.filter(id__lt=0).union(User.objects.filter(username="user7"))
    print("union", list(united.values_list("username")))
    first_names = User.objects.order_by("first_name", "-username").distinct("first_name")
    print("distinct", list(first_names.values_list("username"))[:4])
    some = list(everybody[:3])
    for user in some:
        user.last_name = user.username.upper()
    print("bulk", User.objects.bulk_update(some, ["last_name"]), list(everybody.values_list("last_name"))[:4])
    kind = Case(When(is_superuser=True, then=Value("root")), When(id__gt=F("id") - 1, then=Value("user")))
    print("cases", User.objects.values(kind=kind).annotate(n=Count("id")).get())
    with transaction.atomic():
        print("cursor", sum(1 for _ in everybody.iterator(chunk_size=5)))
    print("deleted", Group.objects.filter(name="readers").delete())
    with connection.cursor() as c:
        for table in ("auth_user", "auth_user_groups"):
            constraints = connection.introspection.get_constraints(c, table)
            print(table, sorted((name, sorted(map(str, about.items()))) for name, about in constraints.items()))


def main() -> None:
    configure(sys.argv[1])
    from django.db import connection

    with connection.cursor() as c:
        c.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        c.execute(f"CREATE SCHEMA {SCHEMA}")
    migrate()
    users()
    with connection.cursor() as c:
        c.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


main()
