"""An invented labelled set: calls as different sources show them, and which of them are one.

The shapes are those of real lists: a portal with identifiers, a list that names them in a field or
not at all, programme sites, Ukrainian boards. The hard ones are siblings: lots, rounds, yearly
repeats, topics with nearly the same title and the same deadline, sub-grants of one topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from storage.domain import Call, Deadline, DeadlineKind, Funding, Kind, Programme

PORTAL = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities"
HOSTS = {
    "euroaccess": "https://www.euro-access.eu/en/calls/{}/x",
    "interreg_eu": "https://interreg.eu/calls-for-projects/{}",
    "interreg_pl_ua": "https://pl-ua.eu/en/news/{}",
    "huskroua": "https://next.huskroua-cbc.eu/calls/{}",
    "hromady": "https://hromady.org/{}",
    "prostir": "https://www.prostir.ua/?grants={}",
    "visegrad": "https://www.visegradfund.org/apply/grants/{}",
    "eeas": "https://www.eeas.europa.eu/eeas/{}_en?s=232",
    "skew": "https://skew.engagement-global.de/{}.html",
}
WATER = (
    "Small towns repair what was broken and plan what comes next. Projects renew pumps and pipes,"
    " teach young people the trade of the water engineer, and share with each other how leaks are"
    " found before they are seen. Partners from both sides of the border take part as equals, and"
    " what they learn is written down so that others may use it when they begin."
)
SCHOOLS = (
    "Schools stay warm when the power fails. Applicants insulate roofs, change windows and set up"
    " a room with a stove and a battery where lessons go on in winter. The work is done by local"
    " firms, pupils measure what was saved, and each school tells two others how it was done."
)


def one(source: str, reference: str, title: str, until: str | None = None, **said: Any) -> Call:
    """A record; ``until`` is the day, and perhaps the hour, of its deadline."""
    day, _, hour = (until or "").partition(" ")
    given: dict[str, Any] = {
        "url": HOSTS.get(source, "https://calls.example.org/{}").format(reference),
        "language": "uk" if source in ("hromady", "prostir") else "en",
        "deadlines": (Deadline(DeadlineKind.SINGLE, day, hour or None),) if until else (),
    }
    if source == "eu_portal":
        given["url"] = f"{PORTAL}/topic-details/{reference}"
    if fund := said.pop("fund", None):
        said["programme"] = Programme(name=fund)
    if amount := said.pop("amount", None):
        said["funding"] = (Funding(total=amount),)
    return Call(source=source, reference=reference, title=title, **given | said)


def _named(text: str, number: str) -> str:
    return f"Call number: {number}\n{text}"


CERV, HORIZON = "Citizens, Equality, Rights and Values programme", "Horizon Europe"
PL_UA, HUSKROUA = "Interreg Poland-Ukraine", "Interreg NEXT Hungary-Slovakia-Romania-Ukraine"
MAY = "2027-05-12 17:00"

SAME: tuple[tuple[Call, ...], ...] = (
    # by the identifier: in a field, in a link, in the title, in other letters
    (
        one("eu_portal", "CERV-2027-CITIZENS-TOWN-TT", "Town-Twinning", MAY, fund=CERV),
        one("euroaccess", "3001", "Town twinning 2027", MAY, fund=CERV,
            description=_named(WATER, "CERV-2027-CITIZENS-TOWN-TT")),
        one("hromady", "pobratymstvo", "Побратимство міст: гранти для громад",
            description=f"Докладніше: {PORTAL}/topic-details/cerv-2027-citizens-town-tt"),
    ),
    (
        one("eu_portal", "CERV-2027-CITIZENS-TOWN-NT", "Networks of Towns", MAY, fund=CERV),
        one("euroaccess", "3002", "Networks of towns", "2027-05-19 17:00", fund=CERV,
            description=_named(SCHOOLS, "CERV-2027-CITIZENS-TOWN-NT")),
    ),
    (
        one("eu_portal", "186901PROSPECTSEN", "Support to local councils of Podilski towns",
            "2027-03-02", kind=Kind.EXTERNAL_ACTION),
        one("eeas", "podilski", "EuropeAid/186901/DD/ACT/UA: local councils", "2027-03-02"),
    ),
    (
        one("eu_portal", "I3-2027-INV2A", "Interregional Innovation Investments Strand 2a", MAY),
        one("euroaccess", "3003", "Interregional Innovation Investments Strand 2a", MAY,
            description=_named("", "I3-2027-INV2a")),
    ),
    (
        one("eu_portal", "HORIZON-CL5-2027-01-D2-04-two-stage", "Batteries of small towns", MAY),
        one("euroaccess", "3004", "Batteries of small towns (Towns4Batteries Partnership)", MAY,
            fund="Horizon Europe: Cluster 5", description=_named("", "HORIZON-CL5-2027-01-D2-04")),
    ),
    # by the page
    (
        one("huskroua", "third-call", "Third Call for Proposals", "2027-02-15 15:00",
            fund=HUSKROUA),
        one("interreg_eu", "huskroua-third", "NEXT HUSKROUA launches its third call",
            "2027-02-15", fund="NEXT Hungary - Slovakia - Romania - Ukraine",
            description="Explore: https://next.huskroua-cbc.eu/calls/third-call/?utm_source=ie"),
    ),
    (
        one("skew", "nakopa", "Nakopa: Partnerschaftsprojekte", "2027-07-31", language="de"),
        one("prostir", "nakopa-2027", "Гранти для партнерств громад із Німеччиною", "2027-07-31",
            description="https://skew.engagement-global.de/nakopa.html"),
    ),
    # by title, programme and deadline
    (
        one("interreg_pl_ua", "second", "Second call: small projects of people to people",
            "2027-04-20 14:00", fund=PL_UA),
        one("euroaccess", "3005", "Interreg PL-UA: 2nd Call - Small projects of people to people",
            "2027-04-20 14:00", fund=PL_UA),
        one("interreg_eu", "pl-ua-2", "Poland – Ukraine: second call, people to people",
            "2027-04-20", fund="NEXT Poland - Ukraine"),
    ),
    (
        one("eu_portal", "LIFE-2027-SAP-CLIMA-COOL", "Cool streets for towns in hot summers", MAY,
            fund="Programme for the Environment and Climate Action"),
        one("euroaccess", "3006", "Cool streets for towns in hot summers", MAY, fund="LIFE"),
    ),
    (
        one("eu_portal", "EU4H-2027-PJ-04", "Organisations of patients in rural hospitals", MAY,
            fund="EU4Health Programme"),
        one("euroaccess", "3007", "Call: organizations of patients in rural hospitals",
            MAY, fund="EU4Health programme 2021-2027"),
    ),
    (
        one("visegrad", "grants-june", "Visegrad Grants: warm schools without borders",
            "2027-06-01 12:00", fund="Visegrad Fund"),
        one("euroaccess", "3008", "Warm schools without borders (Visegrad Grants)", "2027-06-01",
            fund="Visegrad Fund"),
    ),
    # the other list has not seen that it was extended
    (
        one("eeas", "civic", "Civic Oversight of Reconstruction in Ukrainian Hromadas",
            "2027-03-20 13:00", fund="Ukraine Facility", description=WATER),
        one("euroaccess", "3009", "Civic oversight of reconstruction in Ukrainian hromadas",
            "2027-03-06", fund="Ukraine Facility", description=WATER),
    ),
    # no deadline in one of them
    (
        one("eeas", "pumps", "Energy-saving Pumps for Municipal Waterworks", MAY,
            fund="Ukraine Facility", description=WATER),
        one("euroaccess", "3010", "Energy-saving pumps for municipal waterworks",
            fund="Ukraine Facility", description=WATER),
    ),
    # two languages: programme, day and money
    (
        one("huskroua", "infra", "Call for large infrastructure projects", "2027-09-30 15:00",
            fund=HUSKROUA, amount=17_500_000),
        one("hromady", "huskroua-infra", "Програма HUSKROUA: великі інфраструктурні проєкти",
            "2027-09-30", fund="HUSKROUA", amount=17_500_000),
    ),
    # the title as lists write it: a prefix, capitals, marks of HTML, no subtitle, “topic on”
    (
        one("eu_portal", "HORIZON-CL3-2027-01-BORDER-07",
            "Open topic on calm ferries and bridges: studies of small harbours", MAY, fund=HORIZON),
        one("euroaccess", "3011", "CALM FERRIES &amp; BRIDGES &#8211; STUDIES OF SMALL HARBOURS",
            MAY, fund="Horizon Europe: Cluster 3 - Civil security"),
        one("fundsforngos", "ferries", "Horizon Europe: Calm ferries and bridges", "2027-05-12",
            fund=HORIZON),
    ),
    # one title twice on the portal: the programme and the text say which
    (
        one("eu_portal", "HORIZON-EURATOM-2027-01-09", "Safety of old river dams", MAY,
            fund="Euratom research", description=WATER),
        one("euroaccess", "3012", "Safety of old river dams", MAY, fund="Euratom research",
            description=WATER[:300]),
    ),
    # the topic named in other letters, and without its stages
    (
        one("eu_portal", "HORIZON-JU-CBE-2027-03-IAFlag-two-stage", "Boards made of reed", MAY,
            fund=HORIZON),
        one("hromady", "plyty", "Плити з очерету", "2027-05-12", fund=HORIZON,
            description="Тема HORIZON-JU-CBE-2027-03-IAFlag на порталі."),
    ),
    # the portal has the call twice, and a list by its title
    (
        one("eu_portal", "EuropeAid/187002/DD/ACT/UA", "Support to millers of Polissia", MAY,
            url=f"{PORTAL}/prospect-details/187002"),
        one("eu_portal", "187002PROSPECTSEN", "Support to millers of Polissia", MAY,
            url=f"{PORTAL}/prospect-details/187002"),
        one("euroaccess", "3013", "Support to millers of Polissia", MAY),
    ),
    # one site has the call twice, by two references on one page
    (
        one("eu_portal", "EuropeAid/187001/DD/ACT/UA", "Support to village libraries", MAY,
            url=f"{PORTAL}/prospect-details/187001"),
        one("eu_portal", "187001PROSPECTSEN", "Support to village libraries", MAY,
            url=f"{PORTAL}/prospect-details/187001"),
    ),
)  # fmt: skip

TORN = frozenset({"euroaccess:4003", "gurt:4017", "prostir:4018", "euroaccess:4019"})
"""Of ``ALONE``, what suits two calls of the portal equally well."""

ALONE: tuple[Call, ...] = (
    # siblings of the portal and of a list: nearly the same title, the same deadline
    *(one("eu_portal", f"EU4H-2027-SCREEN-{number}",
          f"Call for proposals to pilot screening programmes for {organ} cancer in rural towns",
          MAY, fund="EU4Health Programme") for number, organ in enumerate(("lung", "prostate"), 1)),
    one("euroaccess", "4001", "Call for proposals to pilot screening programmes for gastric cancer"
        " in rural towns", MAY, fund="EU4Health programme 2021-2027"),
    one("eu_portal", "CEF-T-2027-FUELS-COSTS-A", "Charging of lorries - Co-funding Rate", MAY,
        fund="Connecting Europe Facility"),
    one("euroaccess", "4002", "Charging of lorries - Co-funding Rate", MAY,
        fund="Connecting Europe Facility", description=_named("", "CEF-T-2027-FUELS-COSTS-B")),
    # two topics of one title: which of them a third names, nobody can tell
    one("eu_portal", "HORIZON-CL3-2027-01-SSRI-03", "Security that towns ask for", MAY,
        fund=HORIZON),
    one("eu_portal", "HORIZON-CL3-2027-01-SSRI-04", "Security that towns ask for", MAY,
        fund=HORIZON),
    one("euroaccess", "4003", "Security that towns ask for", MAY, fund=HORIZON),
    # … nor which of them two boards name: what both say alike says nothing more
    one("gurt", "4017", "Security that towns ask for", MAY, fund=HORIZON),
    one("prostir", "4018", "Security that towns ask for: call 2027", MAY, fund=HORIZON,
        language="en"),
    # a list that cut the title where its siblings begin to differ
    *(one("eu_portal", f"CREA-2027-TV-{number}", f"Films of small towns for television: {about}",
          MAY, fund="Creative Europe")
      for number, about in enumerate(("animation", "stories", "records of what was"), 1)),
    one("euroaccess", "4019", "Films of small towns for television:…", MAY, fund="Creative Europe"),
    # yearly repeats
    one("visegrad", "heritage-27", "Heritage walks of border towns", "2027-02-01 12:00",
        fund="Visegrad Fund", description=SCHOOLS),
    one("euroaccess", "4004", "Heritage walks of border towns", "2026-02-01 12:00",
        fund="Visegrad Fund", description=SCHOOLS),
    one("eeas", "mediation-27", "Mediation in Hromadas 2027", fund="Ukraine Facility",
        description=WATER),
    one("euroaccess", "4005", "Mediation in hromadas 2026", fund="Ukraine Facility",
        description=WATER),
    # lots, parts, rounds, objectives
    one("interreg_pl_ua", "lot-1", "Clean rivers: Lot 1", "2027-08-20", fund=PL_UA),
    one("euroaccess", "4006", "Clean rivers: Lot 2", "2027-08-20", fund=PL_UA),
    one("interreg_pl_ua", "rivers", "Bridges of the upper Buh, part 1", "2027-10-20", fund=PL_UA),
    one("euroaccess", "4007", "Bridges of the upper Buh", "2027-10-20", fund=PL_UA),
    one("huskroua", "regular", "Regular projects of the second call", "2027-11-30", fund=HUSKROUA),
    one("euroaccess", "4008", "Interreg HU-SK-RO-UA: second call - small scale projects",
        "2027-11-30", fund=HUSKROUA),
    one("interreg_eu", "pl-sn-21", "Poland – Saxony: specific objective 2.1", "2027-01-31",
        fund="Poland - Saxony"),
    one("euroaccess", "4009", "Interreg Poland-Saxony: specific objective 2.2", "2027-01-31",
        fund="Interreg Poland-Saxony"),
    # another programme of the same day
    one("interreg_eu", "ro-ua-3", "NEXT Romania – Ukraine: third call, people to people",
        "2027-04-20", fund="NEXT Romania - Ukraine"),
    one("euroaccess", "4010", "Interreg RO-MD: third call, people to people", "2027-04-20",
        fund="Interreg NEXT Romania-Moldova"),
    # sub-grants of one topic, and the topic
    one("eu_portal", "DIGITAL-2027-SKILLS-05-TOWNS", "Digital skills of towns", MAY,
        fund="Digital Europe Programme"),
    *(one("eu_portal", f"1{number}001COMPETITIVE_CALLen", f"Skills voucher, cohort {number}", MAY,
          kind=Kind.CASCADE, parent="DIGITAL-2027-SKILLS-05-TOWNS",
          url=f"{PORTAL}/competitive-calls-cs/4600{number}", fund="Digital Europe Programme",
          description="Under DIGITAL-2027-SKILLS-05-TOWNS.") for number in (1, 2)),
    one("euroaccess", "4011", "Skills voucher, cohort 3", MAY, fund="Digital Europe",
        description="Funded by the topic DIGITAL-2027-SKILLS-05-TOWNS."),
    # the text goes with another topic
    one("eu_portal", "HORIZON-CL6-2027-02-FARM-01", "Soils of river plains", MAY, fund=HORIZON),
    one("euroaccess", "4012", "Soils of mountain farms", MAY, fund=HORIZON,
        description="It goes with HORIZON-CL6-2027-02-FARM-01 and builds on what that finds."),
    # pages of one site, all alike
    *(one("prostir", f"mini-{number}", "Мінігранти для громад", "2027-04-01", amount=50_000)
      for number in (1, 2)),
    one("hromady", "mini", "Мінігранти для бібліотек", "2027-04-01", amount=50_000),
    # the twin of a topic above, paid as a lump sum
    one("eu_portal", "HORIZON-EURATOM-LS-2027-01-09", "Safety of old river dams", MAY,
        fund=HORIZON, description=SCHOOLS),
    # parts of one programme's name
    one("eu_portal", "LIFE-2027-STRAT-CLIMA", "Strategic town projects - Climate Action", MAY,
        fund="Programme for the Environment and Climate Action (LIFE)"),
    one("euroaccess", "4013", "Strategic town projects - Environment", MAY, fund="LIFE"),
    # topics of which one has the other's name and two stages, and nothing else of it
    one("eu_portal", "HORIZON-CL6-2027-03-GOV-01", "Meetings of the blue economy", MAY,
        fund=HORIZON),
    one("eu_portal", "HORIZON-CL6-2027-03-GOV-01-two-stage", "Maps of what satellites see", MAY,
        fund=HORIZON),
    one("euroaccess", "4014", "Maps of what satellites see: HORIZON-CL6-2027-03-GOV-02", MAY,
        fund=HORIZON),
    # titles that are identifiers, or begin with half of one
    one("eu_portal", "AGRIP-MULTI-2027-IM-SUST", "AGRIP-MULTI-2027-IM-SUST", MAY, fund="AGRIP"),
    one("euroaccess", "4015", "AGRIP-MULTI-2027-TC-ORG", MAY, fund="AGRIP"),
    one("prostir", "pryz-1", "HORIZON-JU-EDCTP3-2027-Dr Olha Prize of the South", MAY),
    one("euroaccess", "4016", "HORIZON-JU-EDCTP3-2027-Dr Ivan Prize of the North", MAY),
    # a digest of many calls
    one("hromady", "dobirka", "Добірка грантів на травень", None,
        description="\n".join(f"{PORTAL}/topic-details/CERV-2027-CITIZENS-{name}"
                              for name in ("TOWN-TT", "TOWN-NT", "CIV", "REM"))),
)  # fmt: skip


def every_call() -> list[Call]:
    return [call for records in SAME for call in records] + list(ALONE)


def true_pairs() -> set[tuple[str, str]]:
    """The pairs of ids that are one opportunity."""
    return {pair for records in SAME for pair in pairs(call.id for call in records)}


def pairs(ids: Iterator[str]) -> set[tuple[str, str]]:
    return set(combinations(sorted(ids), 2))
