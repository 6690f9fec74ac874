"""The bundled sample site: an honest stand-in of the EU portal, filled with invented calls."""
