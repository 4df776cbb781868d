"""What the page of commands says of each beside its `--help`: exit statuses, files and environment, as a manual page does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WRONG = {2: "wrong use; nothing was done"}
POLICY_WRONG = {2: "wrong use, or a mistake in the policy file; nothing was done"}

AWS = "the variables of the AWS CLI (`AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL`, ...): who asks, and where"
SECRET = "the variable that `external_id: env:NAME` names: the external id of the member roles"  # noqa: S105 - a sentence
DATABASE = "`PATCHKEEP_DATABASE_URL`: the database"
SANDBOX = "`PATCHKEEP_SANDBOX`: the sandbox's address, instead of `--endpoint`"

POLICY_READ = "`patchkeep.yaml`, or `--policy FILE`: read; and calendars that it names"
STORE_READ = "`patchkeep.db`, where no other database is named: read"
STORE_WRITE = "`patchkeep.db`, where no other database is named: read and written; beside it, while it is open, `-wal` and `-shm`"
PLAN_WRITE = "`-o FILE`: the plan, for its owner alone to read"
PLAN_READ = "FILE: a plan that `plan -o` or `adopt -o` saved; it must be in the database, too"


@dataclass(frozen=True, slots=True)
class Manual:
    statuses: dict[int, str]
    files: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        yield "Exit status: " + "; ".join(f"{number} {said}" for number, said in sorted(self.statuses.items())) + "."
        if self.files:
            yield "Files: " + "; ".join(self.files) + "."
        if self.environment:
            yield "Environment: " + "; ".join(self.environment) + "."


_STORED = {"files": (POLICY_READ, STORE_READ), "environment": (DATABASE,)}
_ASKING = {"files": (POLICY_READ, STORE_WRITE), "environment": (AWS, SECRET, DATABASE)}
_MOVING = {
    0: "done, or waiting for something",
    1: "halted, paused, or it gave up for now, because for half an hour nothing could be sent",
    **POLICY_WRONG,
}
_SAID = {0: "done", 1: "failed: no such rollout, or it has ended", **POLICY_WRONG}
_WRITES = {0: "written", **POLICY_WRONG}
_AT_SANDBOX = {0: "done", 1: "no sandbox answers there, or it refuses", **WRONG}

MANUALS: dict[str, Manual] = {
    "demo": Manual(
        {0: "the whole way was walked", 1: "the sandbox's log shows a promise broken", **WRONG},
        ("`.demo`, or `--dir DIR`: policy, plans, database and `report.html`; only a folder that an earlier demo made is emptied",),
    ),
    "init": Manual({0: "written", **WRONG}, ("`patchkeep.yaml`, or `-o FILE`: made, never written over",)),
    "discover": Manual(
        {0: "looked, also where gaps were met", 1: "an answer was not understood, or nobody could sign in", **POLICY_WRONG},
        (POLICY_READ, STORE_WRITE, "`--trace FILE`: each read, a line of JSON; what was there stays"),
        (AWS, SECRET, DATABASE),
    ),
    "feeds update": Manual(
        {0: "read and kept", 1: "it could not be fetched or read; what was kept stays", **WRONG},
        (STORE_WRITE, "`--from FILE` or `DIR`: read"),
        (DATABASE, "`HTTPS_PROXY`, `NO_PROXY`: the way out"),
    ),
    "feeds status": Manual({0: "told", **WRONG}, (STORE_READ,), (DATABASE,)),
    "assess": Manual({0: "all is COMPLIANT or WAIVED", 1: "something is not, or nothing was discovered yet", **POLICY_WRONG}, **_STORED),
    "doctor": Manual(
        {0: "told, whatever was found", 1: "nothing was discovered yet", **POLICY_WRONG}, (POLICY_READ, STORE_READ), (AWS, DATABASE)
    ),
    "who": Manual({0: "nobody has it, and that is known of all", 1: "somebody has it, or that is not known", **POLICY_WRONG}, **_STORED),
    "plan": Manual(
        {0: "nothing to do", 1: "failed", 3: "changes are pending", **POLICY_WRONG},
        (POLICY_READ, STORE_WRITE, PLAN_WRITE),
        (AWS, DATABASE),
    ),
    "apply": Manual(
        {0: "all is as planned", 1: "something was refused, changed meanwhile, or the plan is stale", **POLICY_WRONG},
        (POLICY_READ, STORE_WRITE, PLAN_READ),
        (AWS, SECRET, DATABASE),
    ),
    "adopt": Manual(
        {0: "listed", 1: "failed", 2: "wrong use, or nothing of that name may be adopted", 3: "a plan was made"},
        (POLICY_READ, STORE_WRITE, PLAN_WRITE),
        (AWS, DATABASE),
    ),
    "rollout start": Manual(_MOVING, (POLICY_READ, STORE_WRITE, PLAN_READ), (AWS, SECRET, DATABASE)),
    "rollout resume": Manual(_MOVING, **_ASKING),
    "rollout collect": Manual({0: "taken in", 1: "failed", **POLICY_WRONG}, **_ASKING),
    "rollout approve": Manual(
        {0: "counted", 1: "not counted, with the reason", **POLICY_WRONG}, (POLICY_READ, STORE_WRITE), (AWS, DATABASE)
    ),
    "rollout pause": Manual(_SAID, (POLICY_READ, STORE_WRITE), (AWS, DATABASE)),
    "rollout halt": Manual(_SAID, (POLICY_READ, STORE_WRITE), (AWS, DATABASE)),
    "rollout undo": Manual(
        {0: "nothing can be taken back", 1: "there is no such rollout", 3: "a plan was made", **POLICY_WRONG},
        (POLICY_READ, STORE_WRITE, PLAN_WRITE),
        (AWS, DATABASE),
    ),
    "rollout status": Manual(
        {0: "told", 1: "there is no such rollout", **POLICY_WRONG}, (POLICY_READ, STORE_READ), (AWS, SECRET, DATABASE)
    ),
    "defer asset": Manual({0: "deferred", 1: "not confirmed, or failed", **POLICY_WRONG}, (POLICY_READ, STORE_WRITE), (AWS, DATABASE)),
    "defer end": Manual({0: "ended", 1: "failed", **POLICY_WRONG}, (POLICY_READ, STORE_WRITE), (AWS, DATABASE)),
    "defer list": Manual({0: "told", **POLICY_WRONG}, **_STORED),
    "calendar": Manual({0: "shown, conflicts or not", **POLICY_WRONG}, (*_STORED["files"], "`-o FILE`: written"), _STORED["environment"]),
    "verify": Manual(
        {0: "all that was planned is patched", 1: "something is not, or was not seen since", **POLICY_WRONG},
        (POLICY_READ, STORE_READ, PLAN_READ),
        (DATABASE,),
    ),
    "report": Manual(
        {0: "all is COMPLIANT or WAIVED and in time", 1: "something is not, or nothing was discovered yet", **POLICY_WRONG},
        (POLICY_READ, STORE_READ, "`-o FILE`: the report"),
        (DATABASE,),
    ),
    "policy check": Manual(
        {0: "the file is good and can keep what it promises", 1: "it cannot (`--no-fail`: 0)", 2: "wrong use, or the file has mistakes"},
        (POLICY_READ, STORE_READ),
        (DATABASE,),
    ),
    "policy explain": Manual({0: "told", 1: "nothing was discovered yet", **POLICY_WRONG}, **_STORED),
    "policy init": Manual({0: "written", **WRONG}, ("`patchkeep.yaml`, or `--policy FILE`: made; written over with `--force` alone",)),
    "policy schema": Manual({0: "printed", **WRONG}),
    "iam": Manual({0: "printed", **POLICY_WRONG}, (POLICY_READ,)),
    "export cloudformation": Manual(_WRITES, (POLICY_READ, "`-o FILE`: the template")),
    "export terraform": Manual(_WRITES, (POLICY_READ, "`--dir DIR`: `main.tf`, `variables.tf`, `outputs.tf`")),
    "export upgrade-rollout": Manual(
        {0: "written", 1: "no policy can say it", **POLICY_WRONG}, (POLICY_READ, "`--dir DIR`: a file for each policy")
    ),
    "db migrate": Manual({0: "at the newest tables", 1: "failed", **WRONG}, (STORE_WRITE,), (DATABASE,)),
    "db status": Manual({0: "sound", 1: "damaged, altered, or not there", **WRONG}, (STORE_READ,), (DATABASE,)),
    "db backup": Manual(
        {0: "copied and checked", 1: "failed", **WRONG},
        (STORE_READ, "FILE: the copy, for its owner alone; never written over"),
        (DATABASE,),
    ),
    "db prune": Manual(
        {
            0: "forgotten, or nothing to forget",
            1: "not confirmed, or failed",
            3: "something would go (JSON without `--yes`)",
            **POLICY_WRONG,
        },
        (POLICY_READ, STORE_WRITE),
        (DATABASE,),
    ),
    "sandbox serve": Manual({0: "ended", **WRONG}),
    "sandbox run": Manual({0: "that of the command that is run"}, (), (SANDBOX,)),
    "sandbox advance": Manual(_AT_SANDBOX, (), (SANDBOX,)),
    "sandbox fault add": Manual(_AT_SANDBOX, (), (SANDBOX,)),
    "sandbox fault list": Manual(_AT_SANDBOX, (), (SANDBOX,)),
    "sandbox fault clear": Manual(_AT_SANDBOX, (), (SANDBOX,)),
    "completion": Manual({0: "printed", **WRONG}),
}
