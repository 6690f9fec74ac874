"""The rules as a table in Markdown, for people who want to see all programmes at once."""

from __future__ import annotations

from collections.abc import Sequence

from classifier import wording
from classifier.certainty import Certainty
from classifier.rulebook import May, Minimum, ProgrammeRule, Rules, Status, Territory

MARKS = {
    Certainty.SURE: "●",
    Certainty.LIKELY: "◐",
    Certainty.MEMORY: "○",
    Certainty.UNKNOWN: "?",
}
CHAPTERS = {
    "research": "Research, digital, climate",
    "citizens": "Citizens, culture, education",
    "economy": "Economy, transport, health, civil protection, social and home affairs",
    "others": "EU programmes that rarely concern towns",
    "external": "External action",
    "interreg": "Interreg, URBACT, European Urban Initiative",
    "donors": "National and other donors",
}
_MAY = {
    May.YES_LEAD: "may lead",
    May.YES_PARTNER: "partner",
    May.YES_ROLE_UNCLEAR: "country yes, see call",
    May.IF_LISTED: "if the call says so",
    May.NAMED_PARTNER: "named, no grant",
    May.BENEFICIARY_ONLY: "helped, does not apply",
    May.NO: "no",
    May.UNKNOWN: "not known",
}
_STATUS = {
    Status.ASSOCIATED: "takes part like a Member State",
    Status.THIRD_COUNTRY_PARTNER_ONLY: "partner from outside",
    Status.THIRD_COUNTRY_IF_LISTED: "if the call says so",
    Status.PROGRAMME_AREA_ONLY: "some oblasts",
    Status.PROGRAMME_PARTNER_WHOLE_COUNTRY: "all oblasts, as partner",
    Status.DIRECT_BENEFICIARY: "made for Ukraine",
    Status.VIA_EU_PARTNER_ONLY: "through the EU town",
    Status.NOT_ELIGIBLE: "does not take part",
    Status.UNKNOWN: "not known",
}
_HEAD = (
    "Programme",
    "Ukraine (since)",
    "Hromada",
    "EU town",
    "Both together",
    "Smallest consortium",
    "Pair enough",
    "Pays",
    "Grant, EUR",
    "Closes",
    "Rule holds",
    "In short",
)


START, END = "<!-- table: begin -->", "<!-- table: end -->"


def with_table(document: str, rules: Rules) -> str:
    """``document`` with the table of ``rules`` between its two marks."""
    before, _, rest = document.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{table(rules)}\n{END}{after}"


def table(rules: Rules) -> str:
    """One table a chapter, a row a programme; a mark of certainty stands behind each fact."""
    parts: list[str] = []
    for chapter in sorted({rule.chapter for rule in rules.programmes.values()}, key=_place):
        parts += [f"### {CHAPTERS.get(chapter, chapter)}", ""]
        parts += [_row(_HEAD), _row(["---"] * len(_HEAD))]
        found = [rule for rule in rules.programmes.values() if rule.chapter == chapter]
        parts += [_row(_cells(rule, rules)) for rule in found]
        parts.append("")
    return "\n".join(parts)


def _place(chapter: str) -> tuple[int, str]:
    order = list(CHAPTERS)
    return (order.index(chapter) if chapter in order else len(order), chapter)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _cells(rule: ProgrammeRule, rules: Rules) -> list[str]:
    answer, standing = rule.answer, rule.ukraine
    child = "↳ " if rule.parent else ""
    since = f" ({standing.since})" if standing.since else ""
    mark = MARKS[answer.proof.cert]
    lead = f", lead {MARKS[answer.ua_lead_cert]}" if answer.ua_lead_cert else ""
    area = " in the area" if answer.ua_area is Territory.LISTED_OBLASTS else ""
    pair = {True: "yes", False: "no", None: "not known"}[rule.pair]
    return [
        f"{child}**{rule.name}** `{rule.id}`",
        f"{_STATUS[standing.status]}{since} {MARKS[standing.proof.cert]}",
        f"{_MAY[answer.ua_la]}{area} {mark}{lead}",
        f"{_MAY[answer.eu_la]}{_where(rule, rules)} {mark}",
        f"{_MAY[answer.both]} {mark}",
        _minimum(rule.minimum),
        f"{pair} {MARKS[rule.pair_cert]}",
        _pays(rule),
        _grant(rule),
        f"{rule.closes.hour} {rule.closes.zone} {MARKS[rule.closes.proof.cert]}"
        if rule.closes
        else "",
        f"{rule.valid.start or '…'} to {rule.valid.end or '…'} {MARKS[rule.valid.proof.cert]}",
        rule.why + (f" To check: {rule.check}." if rule.check else ""),
    ]


def _where(rule: ProgrammeRule, rules: Rules) -> str:
    answer = rule.answer
    if answer.whole_eu or not answer.eu_countries:
        return ""
    if len(answer.eu_countries) > wording.FEW:
        return f" ({', '.join(sorted(answer.eu_countries))})"
    return f" ({wording.countries(answer.eu_countries, rules, 'and')})"


def _minimum(least: Minimum) -> str:
    if not least.known:
        return MARKS[Certainty.UNKNOWN]
    parts = [
        f"{count} {many if count != 1 else one}"
        for count, one, many in (
            (least.entities, "partner", "partners"),
            (least.countries, "country", "countries"),
            (least.eu_states, "from the EU side", "from the EU side"),
        )
        if count
    ]
    return f"{', '.join(parts)} {MARKS[least.proof.cert]}"


def _pays(rule: ProgrammeRule) -> str:
    if rule.pays is None:
        return ""
    mark = MARKS[rule.pays.proof.cert]
    if rule.pays.lump_sum:
        return f"lump sum {mark}"
    low, high = rule.pays.lowest, rule.pays.highest
    share = f"up to {high}" if low is None else f"{low} to {high}" if low != high else f"{high}"
    return f"{share} % {mark}"


def _grant(rule: ProgrammeRule) -> str:
    if rule.grant is None:
        return ""
    low, high, mark = rule.grant.lowest, rule.grant.highest, MARKS[rule.grant.proof.cert]
    if low and high:
        return f"{low:,} to {high:,} {mark}" if low != high else f"{low:,} {mark}"
    return f"from {low:,} {mark}" if low else f"up to {high:,} {mark}"
