# Hvad capacity travel, add-site og data error siger, og familier uden bil; navnene er dem i roads.en.ftl.


## Measured errors
road-stated = Den angivne usikkerhed, { $minutes } minutter eller { $percent } %, holder for { $share } % af vejene.
road-class = { $what }: { $count } veje, { $mean } minutter i gennemsnit, 80 % inden for { $most } minutter eller { $part } %; den angivne usikkerhed holder for { $share } %.
road-by-ferry = med færge
road-by-road = ad vej alene
road-motorways = mest ad motorveje og motortrafikveje
road-others = ad andre veje
road-length = { $from } til { $to } minutter lange
road-longest = { $from } minutter og længere
road-measured = Målt: travel.minutes_error = {"{"}minutes = { $rawminutes }, percent = { $rawpercent }{"}"} holder for { $share } % af vejene.
road-ties = Næsten lige nær i planen: { $stated } med den angivne usikkerhed, { $measured } med den målte.
road-ties-which = Næsten lige nær i planen: { $stated } med den angivne usikkerhed, { $measured } med den målte: { $rawpoints }.
road-stays = Planen er den samme: { $rawunits } pladser.
road-changes = Planen ændrer sig: { $rawbefore } pladser før, { $rawnow } pladser nu.
road-gone = Planen ændrer sig: { $rawbefore } pladser før, nu overholder ingen plan reglerne.
road-come = Planen ændrer sig: før overholdt ingen plan reglerne, nu { $rawnow } pladser.
road-neither = Ingen plan overholder reglerne med nogen af tabellerne.
road-by-place = For at tælle kvinder efter sted og ikke efter midtpunkt: travel.places = "{ $rawfile }".

## Notices
road-modelled = Minutterne er modelberegnede: fri trafik på vejene i { $rawfiles }.
road-far = Begynder ved den nærmeste vej, { $km } km eller mere væk: { $rawplaces }.
road-no-way = Ingen vej for en bil, på en ø eller en vej, der ikke fører nogen steder hen (placeringer uden vej, km til en vej): { $rawplaces }.
road-no-duration = Færger uden varighed, regnet ud efter deres længde: { $count } af { $all }.
road-cars-unsaid = Færger, der ikke siger, om de tager biler med, regnet som om de gør: { $count } af { $all }.
road-without-area = Uden område på kortet: { $rawpoints }.
road-apart = Områder på kortet, der ikke er et befolkningspunkt: { $rawareas }.
road-not-closed = Områder, hvis grænser ikke er hele i udtrækket: { $rawareas }.
road-cannot-read = Sagen kan ikke læses med denne tabel: { $why }
road-of-these = Dens minutter er fra disse veje, de andre placeringers er fra sagens egen tabel.
road-placed = Lagt i { $where }, det nærmeste befolkningspunkt: --point navngiver et andet.
road-joined = Forbundet { $times } gange fugleflugten, med { $speed } km/t (antagelse), med { $rawnodes }.
road-far-node = Det nærmeste af disse punkter er { $km } km væk: er det det rigtige sted?
road-of-the-rest = { $rawcolumn }: { $rawlabels } er summen af de øvrige.
road-code-decides = { $rawcell } er læst som { $rawplace }: koden afgør det.
road-rows-out = Rækker for landet og dets regioner, udeladt: { $rawrows }.
road-no-point = Ikke et befolkningspunkt: { $rawplaces }.
road-own-total = Sum { $sum } af filens egen total { $total }.
road-lost-zeros = { $count } koder i { $file } havde mistet deres nuller; de er læst med dem.
road-small-counts = Nogle tal i { $column } er under { $limit }. Hvis de tæller jeres egne kvinder, så hold dem i en tabel for sig (demand.counts): kolonner hos befolkningspunkterne står i hver plan.json.
road-stopped = Stoppet: intet er skrevet.

## How far it is
road-tell-of = { $seconds } s: { $what } ({ $done } af { $count })
road-barriers = Spærringer og lyskryds i { $file } læses
road-ways = Veje i { $file } læses, { $count } indtil nu
road-borders = Grænser i { $file } læses
road-crossings = Kryds findes
road-drawn = Vejene samles
road-searched = De hurtigste veje søges
road-scanned = Køreplaner gennemgås

## A plan of families with and without a car
road-with-car = Familier med bil rejser { $car } minutter i gennemsnit; de { $women } kvinder om året uden bil { $transit } med offentlig transport ({ $rawfile }).
road-share = familier uden bil: { $share }
road-share-column = familier uden bil: kolonnen { $column }
road-no-fault = Ingen fejl fundet: { $points } befolkningspunkter i { $parts } dele, { $sites } mulige placeringer, { $regions } regioner, { $women } kvinder om året.

## Faults: roads and places
road-cars = udtrækket rummer veje for biler
road-cars-how = Hent et udtræk af det rigtige land.
road-readable = filen kan læses ({ $why })
road-readable-how = Hent først et udtræk (OpenStreetMap PBF) af landet.
road-osmium = udtræk læses med osmium, som ikke er installeret
road-whole = udtrækket er helt ({ $raw })
road-whole-how = Hent det igen (et OpenStreetMap-udtræk, .osm.pbf).
road-lies-in = et sted ligger i udtrækket (den nærmeste vej er { $km } km væk)
road-lies-in-how = Ret koordinaterne, eller tilføj et udtræk, der rummer stedet.
road-own-file = hver tabel skrives til sin egen fil og ingen til travel.json
road-own-file-how = Vælg andre navne.
road-level = en grænse med admin_level { $level } har et befolkningspunkts kode eller navn (fundet: { $raw })
road-level-how = Vælg niveauet for jeres befolkningspunkter: --admin-level; uden --areas behøver kortet ingen.
road-point-row = hvert befolkningspunkt har en række
road-point-row-how = Tilføj rækkerne.
road-point-place = hvert befolkningspunkt har koordinater
road-site-place = en placering har koordinater
road-place-how = Tilføj kolonnerne lon og lat.
road-some-weight = hvert befolkningspunkt har et sted med vægt
road-add-one = Tilføj et.
road-case-code = hver kode er en af sagens
road-correct = Ret den.
road-speeds-how = Navngiv en fil med jeres egne hastigheder, eller udelad --speeds.
road-toml = filen er TOML ({ $raw })
road-toml-how = Skriv [kmh] og linjer som "residential = 30".
road-factor = en andel af grænsen over 0 og højst 2
road-factor-how = Skriv f.eks. 0.9.
road-section = et tal står i en sektion
road-section-how = Sæt det under [kmh], [ferry], [turns] eller [maxspeed].
road-number = et tal fra 0 til 300
road-number-how = Ret tallet.
road-known = indstillingen er kendt
road-known-how = Den kan være { $listsettings }.

## Faults: timetables
road-runs = noget kører den { $day }
road-runs-how = Vælg en dag, som køreplanen dækker: --date.
road-calls = hvert stop er ved et stoppested i køreplanen, på en tur, i rækkefølge ({ $listrows })
road-feed-how = Navngiv en GTFS-køreplan, som et selskab udgiver den.
road-zip = køreplanen er en hel zip-fil ({ $raw })
road-zip-how = Hent den igen (GTFS: en zip-fil med stops.txt, trips.txt, stop_times.txt).
road-whole-feed = Bed om en hel køreplan.
road-arrives = en vogn ankommer, efter at den er kørt
road-column = kolonnen mangler
road-feed-file = køreplanen har filen
road-stop-place = et stoppested har koordinater
road-row-how = Ret rækken.
road-window = tidsrummet er fra et klokkeslæt til et senere
road-window-how = Skriv --from 07:00 --to 10:00.

## Faults: a site more
road-name-it = Navngiv det: --point.
road-places-known = minutterne fra hvert sted i en kommune til den nye placering er kendt
road-places-known-how = Fjern travel.places, tilføj placeringen, og lav tabellen igen: capacity travel --places.
road-transit-known = minutterne for familier uden bil til den nye placering er kendt
road-transit-known-how = Angiv en køreplan: --gtfs FEED.zip --date 2026-12-01; eller fjern travel.transit, og lav tabellen igen.
road-worked-out = minutter regnes ud fra veje eller fra vejforbindelser med punkter
road-worked-out-how = Angiv et udtræk af OpenStreetMap: --roads FILE.osm.pbf.
road-workbook = en placering tilføjes til teksttabeller
road-workbook-how = Gem arket som CSV UTF-8, og navngiv det i case.toml, eller tilføj placeringen i projektmappen.
road-formula = det, der skrives i en tabel, begynder ikke en formel i et regneark
road-formula-how = Begynd det med et bogstav.
road-site-name = en placering har et navn
road-site-name-how = Giv den et, med bogstaver.
road-once = hvert id står én gang
road-once-how = Vælg et andet: --id.
road-degrees = koordinater er grader
road-degrees-how = Ret dem.
road-point-of-case = befolkningspunktet er sagens
road-point-known = det befolkningspunkt, en placering ligger i, er kendt
road-from-somewhere = der er en vej til placeringen et sted fra
road-from-somewhere-how = Se koordinaterne efter.

## Faults: families without a car, and several places
road-share-how = Angiv andelen af familier uden bil, eller kolonnen med den: travel.without_car = 0.3.
road-share-needed = indstillingen skal angives ved siden af travel.transit
road-own-ways = familier uden bil har deres egne veje
road-own-ways-how = Navngiv tabellen med deres minutter: travel.transit.
road-site-column = hver placering, der planlægges med, har en kolonne
road-site-column-how = Tilføj kolonnerne; en tom celle er en fejl, 'no way' er det ikke.
road-anew = Lav tabellen igen: capacity travel --places.
road-first-column = den første kolonne har befolkningspunkternes id'er
road-first-column-how = Kald den 'code'.
road-has-place = hvert befolkningspunkt har et sted
road-has-place-how = Tilføj en række for hvert.
road-reach = familier uden bil når en placering med offentlig transport
road-reach-how = Giv deres rækker i { $rawfile } en vej, eller en andel på 0.
road-share-number = en andel af familier er et tal fra 0 til 1
road-share-number-how = Skriv en andel, ikke procent: 0.3.
road-share-of-column = andelen er en kolonne i befolkningspunkterne
road-share-of-column-how = Skriv en andel som 0.3, eller en kolonne: { $listcolumns }.
road-mark = intet befolkningspunkts id ender på { $raw }
road-mark-how = Giv dem andre navne.
road-share-form = en andel fra 0 til 1 eller navnet på en kolonne
road-share-form-how = Skriv en andel som 0.3.
road-source-set = tabellen over offentlig transport kan kun vælges, hvor sagen læses

## Help
road-help-places = Med --places indeholder OUT_places.csv minutterne for hvert sted, så en plan tæller kvinder og ikke midtpunkter (travel.places), og OUT_spread.csv spredningen over dem.
road-help-areas = Også grænser til kortet.
road-help-level = Til --areas: kommuner i Danmark.
road-help-gtfs = Offentlig transport, uden bil.
road-help-error = Hold FILE, en anden tabel med minutter, op mod CASEs egen: en anden mening og en målt usikkerhed.
road-help-error-more = Siger, hvor langt de to er fra hinanden efter vejens længde og med færge, hvilken travel.minutes_error der ville holde for 80 % af vejene, hvilke næsten lige nære enheder den giver, og om planen ændrer sig.
road-help-ferries = Veje med færge for sig: 0 eller 1, i samme form som minutterne.

## Addresses
road-placed-in = Placeret i { $file }: { $rawids }.
road-all-placed = Alle rækker har koordinater: intet er skrevet.
road-one-place = en adresse har ét sted (den står der med forskellige koordinater)
road-one-place-how = Fjern en af rækkerne.
road-stands = adressen står i { $file }
road-stands-how = Tilføj den med lon og lat.
road-has-column = tabellen har kolonnen
road-call-it = Kald den { $raw }.
road-case-column = en af sagens tabeller har kolonnen address
road-case-column-how = Tilføj den med en adresse i hver række, der skal placeres.
road-text-tables = koordinater skrives i teksttabeller
road-text-tables-how = Gem arket som CSV UTF-8, og navngiv det.
road-where = Sig, hvor den er: --lat og --lon eller --address med --addresses.
road-help-address = Hvor den er, i stedet for --lat og --lon.
road-help-addresses = Jeres adresser med koordinater: address, lon, lat.
road-help-replace = Erstat koordinater, der er der.
road-help-locate = Giv CASEs placeringer og befolkningspunkter koordinaterne for deres adresser i FILE.
road-help-locate-more = FILE har kolonnerne address, lon og lat; sagens tabeller har en kolonne address. Ingen tjeneste spørges.
