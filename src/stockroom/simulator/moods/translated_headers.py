"""``translated-headers``: some documents have German or French column names.

Facts 1.1: headers can be translated, and the report cache ignores the locale
that was asked for, so the same type comes in one language now and in another then.
"""

from __future__ import annotations

import re
from random import Random

from stockroom.simulator.documents.view import Table
from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import Mood, Poison

_WORDS = re.compile(r"[A-Za-z]+")

GERMAN, FRENCH = 0, 1
DICTIONARY = {
    "adjustment": ("Anpassung", "Ajustement"), "amount": ("Betrag", "Montant"),
    "available": ("Verfügbar", "Disponible"), "balance": ("Bestand", "Solde"),
    "between": ("Zwischen", "Entre"), "channel": ("Kanal", "Canal"), "city": ("Stadt", "Ville"),
    "code": ("Code", "Code"), "condition": ("Zustand", "État"), "country": ("Land", "Pays"),
    "currency": ("Währung", "Devise"), "customer": ("Kunden", "Client"),
    "damaged": ("Beschädigt", "Endommagé"), "date": ("Datum", "Date"),
    "discount": ("Rabatt", "Remise"), "disposed": ("Entsorgt", "Éliminé"),
    "disposition": ("Verwendbarkeit", "Disposition"), "ending": ("Schluss", "Final"),
    "event": ("Ereignis", "Événement"), "events": ("Ereignisse", "Événements"),
    "exists": ("Vorhanden", "Existe"), "found": ("Gefunden", "Trouvé"),
    "fulfillable": ("Versandfähig", "Expédiable"), "fulfillment": ("Versand", "Expédition"),
    "gift": ("Geschenk", "Cadeau"), "id": ("Nummer", "Identifiant"),
    "inbound": ("Eingehend", "Entrant"), "inventory": ("Lagerbestand", "Stock"),
    "item": ("Artikel", "Article"), "last": ("Zuletzt", "Dernière"), "listing": ("Angebot", "Offre"),
    "location": ("Standort", "Emplacement"), "lost": ("Verloren", "Perdu"),
    "name": ("Name", "Nom"), "order": ("Bestellung", "Commande"), "other": ("Sonstige", "Autres"),
    "postal": ("Post", "Postal"), "price": ("Preis", "Prix"), "product": ("Produkt", "Produit"),
    "promotion": ("Aktion", "Promotion"), "purchase": ("Kauf", "Achat"),
    "quantity": ("Menge", "Quantité"), "reason": ("Grund", "Motif"),
    "receipts": ("Eingänge", "Réceptions"), "reference": ("Referenz", "Référence"),
    "reimbursement": ("Erstattung", "Remboursement"), "reserved": ("Reserviert", "Réservé"),
    "return": ("Rücksendung", "Retour"), "returns": ("Rücksendungen", "Retours"),
    "sales": ("Verkauf", "Vente"), "seller": ("Verkäufer", "Vendeur"),
    "ship": ("Liefer", "Livraison"), "shipment": ("Sendung", "Envoi"),
    "shipments": ("Sendungen", "Envois"), "shipped": ("Versendet", "Expédié"),
    "shipping": ("Versandkosten", "Port"), "starting": ("Anfang", "Initial"),
    "state": ("Bundesland", "Région"), "status": ("Status", "Statut"),
    "tax": ("Steuer", "Taxe"), "title": ("Titel", "Titre"), "total": ("Gesamt", "Total"),
    "transfer": ("Umlagerung", "Transfert"), "transit": ("Unterwegs", "Transit"),
    "type": ("Art", "Type"), "unknown": ("Unbekannte", "Inconnus"),
    "updated": ("Aktualisiert", "Modifiée"), "vendor": ("Lieferanten", "Fournisseur"),
    "warehouse": ("Lager", "Entrepôt"), "warehouses": ("Lagern", "Entrepôts"),
    "your": ("Ihr", "Votre"),
}  # fmt: skip
"""An English word of a header → German, French. SKU, ASIN and the like are the same everywhere."""


def _translated(table: Table, luck: Random) -> Table:
    language = luck.choice((GERMAN, FRENCH))
    return Table(tuple(translation(name, language) for name in table.columns), table.rows)


def translation(name: str, language: int) -> str:
    """A column's name in German or French, word for word."""

    def word(found: re.Match[str]) -> str:
        known = DICTIONARY.get(found[0].lower())
        return known[language] if known else found[0]

    return _WORDS.sub(word, name)


MOOD = Mood(
    name="translated-headers",
    takes_report_type=True,
    poison=Poison(chance=chances.TRANSLATED_DOCUMENTS, edit=_translated),
)
