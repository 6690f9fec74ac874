"""Spanish grants for cooperation and for towns, from the national register of subsidies."""

from crawler.sites import JsonApi


class Bdns(JsonApi):
    """The newest Spanish calls that speak of cooperation, Europe or Ukraine.

    Publisher: Intervención General de la Administración del Estado (BDNS).
    Address: https://www.infosubvenciones.es/bdnstrans/GE/es/convocatorias
    Languages: Spanish; some titles in Catalan, Galician or Basque too.
    Cadence: hundreds a day, of which the newest are read.
    Covers: among the newest 500 calls those about cooperation, twinning, Europe or Ukraine.
    Oddities: dates are midnight placeholders; the end is often only words ("diez días desde la
        publicación").
    Terms: the reuse notice stands in each answer; robots.txt not seen.
    Certainty: A for the answers (two real ones were read), B for the search.
    Last looked at: 2026-11-26 (saved answers).
    """

    name = "bdns"
    hosts = ("www.infosubvenciones.es",)
    language = "es"
    zone = "Europe/Madrid"
    days_only = True
    may_be_empty = True
    address = (
        "https://www.infosubvenciones.es/bdnstrans/api/convocatorias/busqueda"
        "?page={page}&pageSize=100&order=fechaRecepcion&direccion=desc"
    )
    first_page = 0
    depth = 5
    records, total = "content", "totalElements"
    listed = {
        "reference": "numeroConvocatoria",
        "title": "descripcion",
        "published": "fechaRecepcion",
        "programme": "nivel3",
    }
    keep_if = {
        "title": r"cooperaci[oó]n|ucrania|hermanamiento|europe|internacional|interreg|ciudad"
    }
    detail_address = (
        "https://www.infosubvenciones.es/bdnstrans/api/convocatorias?numConv={reference}"
    )
    detail = {
        "title": "descripcion",
        "published": "fechaRecepcion",
        "opens": "fechaInicioSolicitud",
        "deadlines": "fechaFinSolicitud",
        "summary": "textFin",
        "description": "descripcionBasesReguladoras",
        "conditions": "regiones.descripcion",
        "applicants": "tiposBeneficiarios.descripcion",
    }
    page_of = "https://www.infosubvenciones.es/bdnstrans/GE/es/convocatorias/{reference}"
    optional = frozenset({"opens", "deadlines", "summary", "programme"})
