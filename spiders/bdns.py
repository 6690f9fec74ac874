"""Spanish grants for cooperation and for towns, from the national register of subsidies."""

from __future__ import annotations

from urllib.parse import quote

from scrapy.http import Response

from crawler.sites import JsonApi
from crawler.sites.fields import Fields
from crawler.sites.json_api import Answer

WORDS = (
    "cooperación ucrania hermanamiento hermanamientos europa europeo europea europeos europeas "
    "internacional interreg"
)
WHOLE = 200_000  # the register holds several times as many calls, a search for words far fewer


class Bdns(JsonApi):
    """The newest Spanish calls that speak of cooperation, Europe or Ukraine.

    Publisher: Intervención General de la Administración del Estado (BDNS).
    Address: https://www.infosubvenciones.es/bdnstrans/GE/es/convocatorias
    Languages: Spanish; some titles in Catalan, Galician or Basque too.
    Cadence: hundreds a day, of which a few are asked for.
    Covers: the newest 500 calls whose title names cooperation, twinning, Europe or Ukraine.
    Oddities: dates are midnight placeholders; the end is often only words ("diez días desde la
        publicación"); a search that ignores the words answers with the whole register, and then
        the titles are looked through here.
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
        "?page={page}&pageSize=100&order=fechaRecepcion&direccion=desc&vpd=GE"
        f"&descripcion={quote(WORDS)}&descripcionTipoBusqueda=2"  # any of the words
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
        "countries": "regiones.descripcion",
        "applicants": "tiposBeneficiarios.descripcion",
    }
    phrases = {"presupuestoTotal": "Presupuesto total: {} EUR"}
    page_of = "https://www.infosubvenciones.es/bdnstrans/GE/es/convocatorias/{reference}"
    optional = frozenset({"opens", "deadlines", "summary", "programme"})
    words_ignored = False

    def understand_list(self, response: Response) -> Answer:
        """The answer, and whether the register looked for the words at all."""
        answer = super().understand_list(response)
        self.words_ignored = (answer.total or 0) > WHOLE
        return answer

    def _wanted(self, fields: Fields, *, all_known: bool = False) -> bool:
        return not self.words_ignored or super()._wanted(fields, all_known=all_known)
