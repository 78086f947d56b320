"""What the report says, in English and in Danish."""

from __future__ import annotations

from collections.abc import Mapping

from capacity.errors import DataError, Finding

ENGLISH: Mapping[str, str] = {
    "title": "Residential treatment: a plan", "answer": "The answer", "map": "Map", "units": "Units", "regions": "Regions",
    "money": "Money", "leans": "What the plan leans on", "alternatives": "Alternatives", "ladder": "How many women?",
    "method": "Method and limits", "record": "Run record", "annex": "Annex: {0}", "unit": "Unit", "beds": "Beds",
    "stays": "Stays a year", "occupancy": "Occupancy", "turned_away": "Turned away", "to_ambulatory": "Minutes to ambulatory",
    "region": "Region", "women": "Women a year", "mean": "Mean minutes", "minutes_80": "80 % within, minutes",
    "longest": "Longest, minutes", "income": "Income, M DKK", "cost": "Running cost, M DKK", "result": "Income less cost, M DKK",
    "building": "Building, M DKK once", "startup": "Lost while it fills, M DKK once", "setting": "Setting", "value": "Value", "range": "Range", "source": "Source",
    "assumption": "assumption", "behind": "Behind", "against": "Against the best", "from": "From", "to": "To women a year",
    "stopped": "What stops the next unit", "none": "no plan keeps the rules", "show": "Show on the map",
    "open": "Open {0} with {1} beds in all: {2}.", "one_unit": "one unit", "n_units": "{0} units", "unit_beds": "{0} ({1} beds)",
    "proven": "No other choice of units that keeps the rules lets families travel less; this is proven.",
    "unproven": "It is the best plan found; another could be at most {0} better.",
    "travel": "Families travel {0} minutes one way on average and {1} at most, {2} hours a year in all.",
    "ladder_text": "The documents disagree on how many women need a stay. With families at their nearest unit every set of "
    "sites was valued at every level; between the ends shown the best set does not change.",
    "alternatives_text": "The best different sets of units. {0}",
    "core": "In every plan within {0}: {1}. In some: {2}.",
    "ties": "Near ties within the stated error of the travel times: {0}.",
    "method_text": "Candidate sites become units with a whole number of beds. The plan is the one with least family travel that "
    "keeps every rule listed below; it was checked again from its tables alone. Beds follow the service promise by Erlang's "
    "formulas. Travel times are {0}. Money is compared with assumptions, to be replaced by your own accounts. The women of a "
    "municipality are a modelled split of a national figure, not counts.",
    "modelled": "modelled (free flow; about 6 % off on known routes), and a decision deserves your own", "given": "as given",
    "limits": "The plan cannot know how many women go undetected or decline a place far from home, how long a stay will last, or "
    "next year's number: were the mean exactly {0}, single years would still range from about {1} to {2}.",
    "rules": "Rules that are on", "rule": "Rule", "sentence": "Sentence", "data": "Data: {0}.", "notices": "Notes",
    "a_model": "1. Concrete model: geographic placement", "a_agreement": "2. Time to a written agreement with the family ambulatory",
    "a_finance": "3. Financing model", "a_time": "4. Time to establishment",
    "a_here": "In {0}: {1}.", "a_nothing": "No unit lies in {0}; its women use {1}.", "a_used": "Its {0} women a year use {1}.",
    "a_women_hidden": "Its women use {0}.",
    "a_travel": "They travel {0} minutes one way on average, {1} at most; 80 % live within {2} minutes.",
    "a_money": "{0}: income {1} M DKK a year against a running cost of {2} M (assumptions); building {3} M once.",
    "a_fill": "To be filled in by the region.", "a_content": "Legal basis, content and competences: to be filled in by the region.",
    "a_years": "The documents expect one to three years until the beds are filled (Answer-2025).",
    "language": "en", "and": "and",
    "women_per_year": "{0} women a year", "weight": "split over the demand points by {0}", "mean_days": "a mean stay of {0} days",
}  # fmt: skip

DANISH: Mapping[str, str] = {
    "title": "Døgnbehandling: en plan", "answer": "Svaret", "map": "Kort", "units": "Enheder", "regions": "Regioner",
    "money": "Økonomi", "leans": "Det hviler planen på", "alternatives": "Alternativer", "ladder": "Hvor mange kvinder?",
    "method": "Metode og forbehold", "record": "Kørslens oplysninger", "annex": "Bilag: {0}", "unit": "Enhed", "beds": "Pladser",
    "stays": "Døgnophold om året", "occupancy": "Belægning", "turned_away": "Afvist", "to_ambulatory": "Minutter til ambulatoriet",
    "region": "Region", "women": "Kvinder om året", "mean": "Rejsetid i gennemsnit, minutter", "minutes_80": "80 % bor inden for, minutter",
    "longest": "Længste rejsetid, minutter", "income": "Indtægt, mio. kr.", "cost": "Driftsudgift, mio. kr.",
    "result": "Indtægt minus udgift, mio. kr.", "building": "Anlæg, mio. kr. én gang", "startup": "Tab i opstarten, mio. kr. én gang", "setting": "Forudsætning", "value": "Værdi",
    "range": "Spænd", "source": "Kilde", "assumption": "antagelse", "behind": "Efter den bedste", "against": "Sammenlignet med den bedste",
    "from": "Fra", "to": "Til kvinder om året", "stopped": "Det hindrer den næste enhed", "none": "ingen plan overholder reglerne",
    "show": "Vis på kortet", "open": "Åbn {0} med i alt {1} pladser: {2}.", "one_unit": "én enhed", "n_units": "{0} enheder",
    "unit_beds": "{0} ({1} pladser)",
    "proven": "Intet andet valg af enheder, som overholder reglerne, giver familierne mindre rejsetid; det er bevist.",
    "unproven": "Det er den bedste plan, der er fundet; en anden kan højst være {0} bedre.",
    "travel": "Familierne rejser i gennemsnit {0} minutter hver vej og højst {1}, i alt {2} timer om året.",
    "ladder_text": "Dokumenterne er uenige om, hvor mange kvinder der har behov for et døgnophold. Når familierne bruger den nærmeste "
    "enhed, kan alle valg af placeringer regnes igennem på hvert niveau; mellem de viste grænser er det bedste valg det samme.",
    "alternatives_text": "De bedste andre valg af enheder. {0}",
    "core": "I alle planer inden for {0}: {1}. I nogle: {2}.",
    "ties": "Næsten lige nær inden for rejsetidernes usikkerhed: {0}.",
    "method_text": "Mulige placeringer bliver til enheder med et helt antal pladser. Planen er den, der giver familierne mindst rejsetid "
    "og overholder alle regler nedenfor; den er regnet efter alene ud fra sine tabeller. Antallet af pladser følger løftet om "
    "plads efter Erlangs formler. Rejsetiderne er {0}. Økonomien bygger på antagelser, som skal erstattes af egne regnskaber. "
    "Kvinderne i en kommune er en modelberegnet fordeling af et landstal, ikke optællinger.",
    "modelled": "modelberegnede (uden kø; omkring 6 % fra kendte ruter), og en beslutning fortjener jeres egne", "given": "som angivet",
    "limits": "Planen kan ikke vide, hvor mange kvinder der ikke opspores eller siger nej til en plads langt fra hjemmet, hvor længe et "
    "ophold varer, eller næste års antal: selv hvis gennemsnittet var præcis {0}, ville enkelte år svinge fra omkring {1} til {2}.",
    "rules": "Regler, der gælder", "rule": "Regel", "sentence": "Ordlyd (engelsk)", "data": "Data: {0}.", "notices": "Bemærkninger",
    "a_model": "1. Konkret model: geografisk placering", "a_agreement": "2. Tid til skriftlig aftale med familieambulatoriet",
    "a_finance": "3. Finansieringsmodel", "a_time": "4. Tid til etablering",
    "a_here": "I {0}: {1}.", "a_nothing": "Der ligger ingen enhed i {0}; regionens kvinder bruger {1}.",
    "a_used": "Regionens {0} kvinder om året bruger {1}.", "a_women_hidden": "Regionens kvinder bruger {0}.",
    "a_travel": "De rejser i gennemsnit {0} minutter hver vej og højst {1}; 80 % bor inden for {2} minutter.",
    "a_money": "{0}: indtægt {1} mio. kr. om året mod en driftsudgift på {2} mio. (antagelser); anlæg {3} mio. én gang.",
    "a_fill": "Udfyldes af regionen.", "a_content": "Lovgrundlag, indhold og kompetencer: udfyldes af regionen.",
    "a_years": "Dokumenterne regner med et til tre år, før pladserne er fyldt (Answer-2025).",
    "language": "da", "and": "og",
    "women_per_year": "{0} kvinder om året", "weight": "fordelt på kommuner efter {0}", "mean_days": "et ophold på {0} dage i gennemsnit",
}  # fmt: skip

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "da": DANISH}


def phrases(language: str) -> Mapping[str, str]:
    """The catalogue of a language, or a `DataError` that lists them."""
    if language not in LANGUAGES:
        raise DataError(
            [
                Finding(
                    table="report", column="language", value=language, rule="the language is one the report speaks",
                    remedy=f"Choose from: {', '.join(LANGUAGES)}.",
                )
            ]
        )  # fmt: skip
    return LANGUAGES[language]


def number(value: float, decimals: int = 0, language: str = "en") -> str:
    """A number in the language's form; a dash where there is none."""
    if value != value:
        return "-"
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "da" else text


def percent(share: float, decimals: int = 0, language: str = "en") -> str:
    """A share as per cent in the language's form."""
    return "-" if share != share else f"{number(100 * share, decimals, language)} %"
