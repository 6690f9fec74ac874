"""The programmes of the EU Funding & Tenders Portal, by the number its search index uses.

Numbers and names are those of the portal's own facet ``frameworkProgramme`` (labels lose their
plus signs there; they are put back here).
"""

from __future__ import annotations

from storage.domain import Programme

PROGRAMMES: dict[str, Programme] = {
    number: Programme(code, name)
    for number, code, name in (
        ("43108390", "HORIZON", "Horizon Europe"),
        ("43152860", "DIGITAL", "Digital Europe Programme"),
        ("43252405", "LIFE", "Programme for the Environment and Climate Action"),
        ("43251589", "CERV", "Citizens, Equality, Rights and Values Programme"),
        ("43353764", "ERASMUS+", "Erasmus+ Programme"),
        ("43251814", "CREA", "Creative Europe Programme"),
        ("43252476", "SMP", "Single Market Programme"),
        ("43298203", "UCPM", "Union Civil Protection Mechanism"),
        ("111111", "RELEX-PROSPECT", "EU External Action (Prospect)"),
        ("47376280", "RELEX2027", "EU External Action (eGrants)"),
        ("45876777", "NDICI", "Global Europe: Neighbourhood, Development and Cooperation"),
        ("46324255", "ERDF-TA", "European Regional Development Fund, technical assistance"),
        ("44416173", "I3", "Interregional Innovation Investments Instrument"),
        ("43251567", "CEF", "Connecting Europe Facility"),
        ("43254019", "ESF+", "European Social Fund+"),
        ("43332642", "EU4H", "EU4Health Programme"),
        ("44181033", "EDF", "European Defence Fund"),
        ("43298916", "EURATOM", "Euratom Research and Training Programme"),
        ("43252386", "JUST", "Justice Programme"),
        ("43252368", "ISF", "Internal Security Fund"),
        ("43251447", "AMIF", "Asylum, Migration and Integration Fund"),
        ("43251530", "BMVI", "Border Management and Visa Instrument"),
        ("43637601", "PPPA", "Pilot Projects and Preparatory Actions"),
        ("45532249", "EUBA", "EU Bodies and Agencies"),
        ("43252517", "SOCPL", "Social Prerogatives and Specific Competencies Lines"),
        ("43254037", "ESC", "European Solidarity Corps"),
        ("43392145", "EMFAF", "European Maritime, Fisheries and Aquaculture Fund"),
        ("44773066", "JTM", "Just Transition Mechanism"),
        ("44773133", "IMREG", "Information Measures for the EU Cohesion Policy"),
        ("43251882", "IMCAP", "Information Measures for the Common Agricultural Policy"),
        ("43089234", "INNOVFUND", "Innovation Fund"),
        ("43252449", "RFCS", "Research Fund for Coal and Steel"),
        ("43298664", "AGRIP", "Promotion of Agricultural Products"),
        ("43252433", "PERICLES IV", "Protection of the Euro against Counterfeiting"),
        ("43251842", "EUAF", "Union Anti-Fraud Programme"),
        ("43253967", "RENEWFM", "Renewable Energy Financing Mechanism"),
        ("43697167", "EP", "European Parliament"),
        ("42810547", "EUROPE DIRECT", "Europe Direct"),
        ("47786028", "BCS", "BCS"),
        ("43253706", "TSI", "Technical Support Instrument"),
        ("31045243", "H2020", "Horizon 2020"),
        ("31059643", "COSME", "COSME 2014-2020"),
        ("31059093", "ERASMUS+", "Erasmus+ 2014-2020"),
        ("31107710", "LIFE", "LIFE 2014-2020"),
        ("31082527", "UCPM", "Union Civil Protection Mechanism 2014-2020"),
        ("31059088", "EFC", "Europe for Citizens 2014-2020"),
    )
}
