"""The commands: name -> "module:function", in the order the help lists them."""

from __future__ import annotations

__all__ = ["TABLE"]

TABLE: dict[str, str] = {
    "new": "oddsmith.commands.library:new",
    "check": "oddsmith.commands.language:check",
    "list": "oddsmith.commands.library:list_known",
    "schema": "oddsmith.commands.language:schema",
    "explain": "oddsmith.commands.language:explain",
    "preview": "oddsmith.commands.pictures:preview",
    "plan": "oddsmith.commands.running:plan",
    "run": "oddsmith.commands.running:run",
    "resume": "oddsmith.commands.running:resume",
    "extend": "oddsmith.commands.running:extend",
    "replay": "oddsmith.commands.folders:replay",
    "verify": "oddsmith.commands.folders:verify",
    "inspect": "oddsmith.commands.folders:inspect",
    "odds": "oddsmith.commands.odds:odds",
    "compare": "oddsmith.commands.compare:compare",
    "probe": "oddsmith.commands.probe:probe",
    "export": "oddsmith.commands.folders:export",
    "doctor": "oddsmith.commands.machine:doctor",
}
