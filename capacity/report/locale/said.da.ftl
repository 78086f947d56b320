# Bibliotekets sætninger på dansk; navnene er dem i said.en.ftl.

label-women = { $women } kvinder om året
case-name = Danmark: døgnbehandling for gravide kvinder og deres familier

certificate-none-better = Alle { $sets } mulige valg af placeringer er regnet igennem; intet er bedre.
certificate-one = Kun ét valg af placeringer er muligt; det er regnet igennem.
certificate-cut = { $valued } af { $sets } mulige valg af placeringer nåede at blive regnet igennem, før kørslen blev afbrudt.
certificate-scenarios = Alle { $sets } mulige valg af placeringer er regnet igennem i { $scenarios } scenarier; intet er bedre.
certificate-risk = Alle { $sets } mulige valg af placeringer er regnet igennem i { $scenarios } scenarier; intet har lavere { $risk }.
certificate-risk-one = Alle { $sets } mulige valg af placeringer er regnet igennem; intet har lavere { $risk }.
certificate-model-risk = { $solver } har bevist, at ingen plan har lavere { $risk }.
certificate-exact = { $solver } har bevist, at ingen plan er bedre; { $sets } mulige valg af placeringer er sammenlignet.
risk-worst = værste tilfælde
risk-regret = største fortrydelse
risk-cvar = betinget gennemsnit af de værste tilfælde (CVaR)
certificate-keep = Alle { $sets } mulige valg af placeringer er regnet igennem; { $kept } overholder reglerne.
certificate-levels = Alle { $sets } mulige valg af placeringer er regnet igennem på hvert niveau.
certificate-given = Enhederne er valgt på forhånd: planen viser, hvad de giver.
certificate-given-split = Enhederne er valgt på forhånd; fordelingen af familierne er den bedste, der er for dem.
certificate-given-some = Enhederne er valgt på forhånd; fordelingen af familierne er den bedste, der overholder de regler, som de kan overholde.
certificate-wished = Der er bedt om én enhed; de andre er fundet.
certificate-model = { $solver } har bevist, at ingen plan er bedre.
certificate-model-cut = { $solver } blev afbrudt; grænsen for, hvor meget bedre en plan kan være, er bevist.
certificate-next = Modellen har bevist, at intet valg af placeringer, der ikke er nævnt før, er bedre.
certificate-order = Modellen har bevist rækkefølgen af de { $count } bedste valg af placeringer; alle valg inden for grænsen er iblandt dem.
certificate-order-cut = Modellen har bevist rækkefølgen af de { $count } bedste valg af placeringer; der kan være flere inden for grænsen, også med placeringer, der er nævnt som aldrig brugt.

verdict-right = Åbn { $sites } nu: rigtigt (bedst eller inden for 2 %) i { $right } af { $all } scenarier; { $leans }.
verdict-right-solvable = Åbn { $sites } nu: rigtigt (bedst eller inden for 2 %) i { $right } af { $all } scenarier og i { $also } af de { $solvable }, hvor en plan kan overholde reglerne; { $leans }.
leans-some = valget ændrer sig med { $few } af { $count } antagelser: { $which }
leans-more = valget ændrer sig med { $few } af { $count } antagelser: { $which }; og { $more } mere
leans-none = valget ændrer sig ikke med nogen af de { $count } antagelser
leans-untried = antagelserne er ikke prøvet
leans-other = som antagelserne står, er andre enheder bedst
verdict-without = Ingen plan kan overholde reglerne { $where } ({ $few } af { $all } scenarier); i vejen står: { $rules }.
verdict-without-plain = Ingen plan kan overholde reglerne { $where } ({ $few } af { $all } scenarier).
where-below = under { $high } kvinder om året
where-below-gap = under { $high } og fra { $low } til { $end } kvinder om året
where-gap = fra { $low } til { $end } kvinder om året
verdict-none = I { $few } af { $all } scenarier ({ $women } kvinder om året) kan ingen plan overholde reglerne; i vejen står: { $rules }.
verdict-none-plain = I { $few } af { $all } scenarier ({ $women } kvinder om året) kan ingen plan overholde reglerne.
from-to = { $low } til { $high }
verdict-next-never = Op til { $women } kvinder om året er det bedste antal enheder højst { $units }.
verdict-next-above = Op til { $women } kvinder om året er det bedste antal enheder højst { $units }; lige derover { $more }.
verdict-next-nowhere = Det bedste antal enheder er højst { $units } i alle scenarier (op til { $women } kvinder om året).
verdict-next-from = Det bedste antal enheder er kun over { $units } i scenarier fra { $women } kvinder om året.
verdict-no-site = Ingen placering er med i den bedste plan i alle { $count } scenarier, hvor en plan er mulig; i nogle: { $sites }.
verdict-no-site-tried = Ingen placering er med i den bedste plan i alle { $count } scenarier, hvor en plan er mulig, og ved alle prøvede antagelser; i nogle: { $sites }.
verdict-everywhere = Med i den bedste plan { $who }: { $sites }.
verdict-everywhere-some = Med i den bedste plan { $who }: { $sites }; i nogle også { $others }.
who-each = i alle { $count } scenarier, hvor en plan er mulig
who-one = i det ene scenarie, hvor en plan er mulig
who-each-tried = i alle { $count } scenarier, hvor en plan er mulig, og ved alle prøvede antagelser
who-one-tried = i det ene scenarie, hvor en plan er mulig, og ved alle prøvede antagelser
verdict-closed = Hvis { $site } lukker i et kvartal, finder { $lost } af kvartalets { $asked } kvinder ingen plads ({ $before }, når alle er åbne); de { $stay } kvinder, der er på ophold, har { $free } ledige pladser andre steder.
verdict-closed-far = Hvis { $site } lukker i et kvartal, finder { $lost } af kvartalets { $asked } kvinder ingen plads ({ $before }, når alle er åbne), heraf { $nowhere } uden en anden enhed inden for rækkevidde; de { $stay } kvinder, der er på ophold, har { $free } ledige pladser andre steder.
note-over = Med { $among } scenarier på én gang: { $rest }
note-equal = Scenarierne vægtes ens: ingen har sagt, hvor sandsynligt hvert af dem er.
note-undefined = Ingen enkelt plan kan overholde reglerne i flere scenarier på én gang; værdien af at kende scenariet på forhånd (EVPI og VSS) er derfor ikke defineret.
note-asked = Værdien af at kende scenariet (EVPI og VSS) kræver her en løsning for hvert scenarie: `capacity.information` beregner den.
note-worth = At kende scenariet, før der bygges (EVPI), er { $evpi } { $unit } værd; at planlægge for alle scenarier frem for deres gennemsnit (VSS) { $vss }.
note-worth-beds = At kende scenariet, før der bygges (EVPI), er { $evpi } { $unit } værd; at planlægge for alle scenarier frem for deres gennemsnit (VSS) { $vss }; planen for gennemsnittet har { $beds } pladser for lidt.
note-worth-none = At kende scenariet, før der bygges (EVPI), er { $evpi } { $unit } værd; en plan for gennemsnittet alene er ingen plan: { $broken }.
broken-none = ingen plan overholder reglerne ved det gennemsnitlige behov
broken-late = der blev ikke fundet en plan for det gennemsnitlige behov inden for tiden
broken-rule = de enheder, der er bedst ved det gennemsnitlige behov, bryder en regel i scenarierne

unit-travel = timer om året
unit-minutes = minutter
unit-cost = kr. om året
unit-reached = kvinder om året

notice-scenarios-out = Udeladt, fordi mere end behovet ændrer sig: { $names }.
notice-must-hold = Ingen af scenarierne er mærket must_hold: servicemålet skal holde i dem alle.
notice-left-out = { $name } ({ $site }) indgår ikke i planen: der mangler { $lacks }. Tilføj oplysningerne i { $table } og { $source }, hvis placeringen skal overvejes.
lacks-both = koordinater og rejsetider i { $file }
lacks-place = koordinater
lacks-times = rejsetider i { $file }
notice-made-changed = { $name } er ikke længere den tabel, som { $record } handler om: den er ændret, siden den blev lavet.
notice-made-unread = { $record } kan ikke læses: det vides ikke, hvad { $name } er lavet af.
notice-sheet = Af { $name } er arket { $sheet } læst. Et andet navngives efter et #: { $name2 }#ARK ({ $more }).
notice-encoding = { $name } er ikke UTF-8 og er læst som Windows-1252. Kontrollér, at æ, ø og å står rigtigt.
notice-semicolon = { $name } er adskilt med semikolon; komma i tal er læst som decimaltegn.
notice-tabs = { $name } er adskilt med tabulator.
notice-bars = { $name } er adskilt med lodrette streger.
notice-utf16 = { $name } er UTF-16 uden et mærke, der siger det. Kontrollér, at den er læst rigtigt.
notice-spaces = { $name } indeholder usædvanlige mellemrum, linjeskift eller sammensatte bogstaver (første gang i række { $row }); de er læst, som de ser ud på tryk.
notice-shapes = { $count } figurer i { $name } er ikke flader med koordinater; de er sprunget over.
notice-as-text = { $column } i { $name } er bevaret som tekst: koordinater læses af kolonnerne lon og lat.
notice-unreached = Ingen kommune kan nå { $name } ({ $site }): mangler der rækker i { $source }?
notice-lone-nodes = { $count } knudepunkter i { $nodes } har ingen strækning i { $name } ({ $listed }).
notice-links-twice = { $name } angiver { $count } strækninger to gange med forskellige minutter ({ $listed }): den hurtigste gælder, i begge retninger.
notice-like-km = Ingen rejse i { $name } er hurtigere end { $speed } km/t i lige linje, som i en tabel over km. Hvis den angiver km, så skriv travel.unit = "km".
notice-own-range = { $key } = { $value } ligger uden for sit eget interval i [ranges], { $low } til { $high }.
notice-tenfold = { $key } = { $value } er mindst ti gange større eller mindre end det indbyggede eksempels { $usual }. Kontrollér enheden.
notice-like-hours = { $key } = { $value } over for en længste rejse på { $longest } minutter: det ligner timer.
notice-like-seconds = { $key } = { $value } over for en længste rejse på { $longest } minutter: det ligner sekunder.
notice-km = { $name } angiver km: alle grænser og tal i minutter betyder her km.
notice-missing = { $count } kommuner eller år har ingen række i { $name }: de er læst som nul.
notice-together = { $together } af { $points } kommuner er talt sammen, så intet, der vises, kan røbe et antal under { $limit }; en kommune eller et år uden række i { $name } er læst som nul. privacy.smallest_count = 0 tager hvert tal for sig.
notice-more-beds = { $name } ({ $site }) har { $beds } pladser i dag, flere end sin største størrelse, { $largest }.
notice-floor = En regel kræver { $beds } pladser i { $name } ({ $site }), hvis største størrelse er { $largest }: der kan ikke ligge en enhed.
notice-no-floor = rules.{ $rule } kræver ingen pladser noget sted: intet sted har pladser i dag (existing_beds).
notice-idle-price = prices.{ $price } siger intet: rules.{ $rule } er slået fra.
notice-kept-barred = rules.{ $rule } kræver en enhed i { $listed }, rules.{ $other } kræver ingen: ingen plan overholder begge.
notice-kept-many = rules.{ $rule } kræver { $count } enheder, rules.{ $other } højst { $most }: ingen plan overholder begge.
notice-twice = { $key } nævner { $listed } to gange: er et andet ment?
notice-with-sites = network.regions_without_sites nævner { $listed }, hvor der er steder.
notice-drawn = { $count } scenarier trukket omkring { $women } kvinder om året: niveau med variationskoefficient { $cv } %, fordelingen fast (antagelser; seed { $seed }). Servicemålet skal holde i de { $hold } % af dem med færrest kvinder. Korrelation mellem regioner: { $related }.
no-source = ingen kilde angivet: betragt det som en antagelse

source-women = agency-2024: styrelsens samlede vurdering, 80 til 100 (Request-2024); andre dokumenter siger 6 til 200
source-undetected = antagelse: kvinder med behov for hver, tallet tæller med; ingen ved, hvor mange der ikke opdages (skyggetal)
source-relative-risk = antagelse: samme behov blandt børn i den alder; eller en kolonne i municipalities.csv, som vægten ganges med
source-weight = antagelse: behovet følger antallet af børn på 0-5 år (Danmarks Statistik, FRKM126); forekomsten i den enkelte kommune kendes ikke
source-stay = antagelse: gennem graviditeten og en tid efter fødslen; dokumenterne angiver ingen dage
source-turned-away = antagelse: højst 5 % møder en enhed, hvor alle pladser er optaget
source-wait-days = antagelse: mere end en uges ventetid er for lang
source-wait-probability = antagelse: højst 5 % venter længere end det
source-occupancy = antagelse: tommelfingerreglen om 85 % belægning
source-kind = antagelse: "loss" = andelen, der møder optagne pladser; "wait" = andelen, der venter for længe; "occupancy" = belastning pr. plads
source-visits = antagelse: ét familiebesøg om ugen, fra hjemmet til enheden og tilbage
source-trips = Answer-2025, case 1: omkring ugentlige besøg i familieambulatoriet
source-smallest = antagelse: færre pladser kan ikke bære en enhed
source-largest = antagelse: mere end hele landets behov
source-near-ambulatory = antagelse: i eller ved de regionale familieambulatorier (Answer-2025 4.1), forstået som 30 minutters kørsel
source-units = antagelse: fra én national enhed til én i hver region og én mere
source-region-access = antagelse: "rimelig afstand" (Request-2024), forstået som 80 % af hver regions kvinder inden for 90 minutter
source-nearest = antagelse: familierne bruger den nærmeste enhed
source-volume = antagelse: "aktiv praksis" (Request-2024) er angivet uden tal; her 8 døgnophold om året
source-income = antagelse: døgntaksten skal dække hver enheds årlige driftsudgift
source-unit-cost = antagelse, erstattes af egne regnskaber: en enheds faste udgift (døgndækning)
source-bed-cost = antagelse, erstattes af egne regnskaber: en plads' faste udgift
source-day-cost = antagelse, erstattes af egne regnskaber: udgiften til et døgn, hvor en plads er i brug
source-day-rate = antagelse, erstattes af egne regnskaber: hvad en kommune betaler for et døgn
source-paid-counts = antagelse: der betales for alle, der visiteres til en enhed; eller kun for dem, der finder en ledig plads
source-grant = antagelse: intet statstilskud (både kommunerne og Danske Regioner ønsker det)
source-building = Loans-2025: 63,3 mio. kr. til 32 pladser i tabellens tre lån (1,53 til 2,46 mio. kr. pr. plads); statusteksten har 19 pladser for det første og kalder det udskudt
source-ambulatories = Request-2024 taler om fem regionale familieambulatorier og nævner ingen adresser: hvilke de er, er vores læsning (sites.csv)
source-set = sat for denne beregning
source-equal = antagelse: { $count } lige sandsynlige scenarier, da ingen har sagt, hvor sandsynligt hvert er: { $names }
source-planned = planlæggerens sandsynligheder for { $count } scenarier: { $names }
source-of-scenario = { $source } (scenarie { $scenario })
source-counts = jeres egne optællinger: kolonner code, year, residential, any_treatment; vejet sammen med vægten efter, hvor meget de bærer
source-interest = antagelse: pr. år
source-years = antagelse: den tid, anlægget afskrives over
source-filling-years = Answer-2025 4.1.2: 1 til 3 år, til pladserne er fyldt (antagelse: jævnt)
source-demand-cv = antagelse: middeltallet er kendt; 0,25 = det kan ramme en fjerdedel ved siden af, og pladserne holder servicemålet alligevel
source-worst_off = antagelse: andelen af kvinderne, dem med længst rejsetid, i målet "worst_off"
source-money-counts = antagelse: "all" = enhver, der sendes til en enhed, betaler; "admitted" = den, der finder en ledig plads
source-fair = antagelse: vægten på ulige rejsetid i målet "fair"
source-regions = de fem regioner til og med 2026; dem fra 2027 og sundhedsrådene er prøvet for sig
source-region-unit = Request-2024 beder om én løsning i hver region; true = en enhed i hver region
source-region-gap = minutter, som gennemsnittet i en region må ligge over en andens; 30 = en halv time
source-own-region = true = kvinder behandles kun i egen region
source-one-agreement = true = en kommune har aftale med kun én enhed

scenario-referred-2017 = Visiteret til døgnbehandling 2017
scenario-referred-2018 = Visiteret til døgnbehandling 2018
scenario-referred-2019 = Visiteret til døgnbehandling 2019
scenario-treated-2017 = Behandling i alt 2017
scenario-treated-2018 = Behandling i alt 2018
scenario-treated-2019 = Behandling i alt 2019
scenario-ambulatories = Familieambulatoriernes skøn
scenario-cowi = Undersøgelse i de fem ambulatorier
scenario-during = I behandling under opholdet 2020
scenario-before = I behandling før opholdet 2020
scenario-drug = Døgnbehandling for stofbrug 2020
scenario-family = Familieophold 2020
scenario-regions = Regionernes skøn
scenario-agency = Styrelsens samlede vurdering
scenario-regions-2027 = Fire regioner fra 2027
scenario-short = Ophold på fire måneder
scenario-alcohol = Højt alkoholforbrug i graviditeten

document-table = Answer-2025 tabel { $number }
document-referred-twice = Answer-2025 tabel 1 (Request-2024 har 6 for 2016-17); Midt-2020 4.3 siger 3-8
document-referred = Answer-2025 tabel 1; Midt-2020 4.3 siger 3-8
document-request = Request-2024
document-reform = Answer-2025 4.2
document-assumed = antagelse

attribution-dst = Danmarks Statistik (CC BY 4.0)
attribution-geonames = GeoNames (CC BY 4.0)
attribution-natural-earth = Natural Earth (offentligt domæne)

source-scenario-what = { $document }: scenarie { $id }, { $what }
source-scenario = { $document }: scenarie { $id }
source-equally = antagelse: { $count } lige sandsynlige scenarier, da ingen har sagt, hvor sandsynligt hvert af dem er: { $names }
source-reach = minutter, som ingen familie må overskride; {"{"}minutes = 120, exceptions = ["0400"]{"}"} undtager Bornholm
source-uptake = antagelse: alle tager imod en plads; ingen har målt, hvor meget afstanden betyder for det (Answer-2025 4.1). Ellers par af minutter og andel, [[30, 1.0], [90, 0.7]], eller en fil med disse kolonner
what-referred = visiteret til døgnbehandling af kommunerne
what-treated = visiteret til behandling, døgn eller ambulant
what-ambulatories = kan ikke fastholdes i ambulant behandling, familieambulatoriernes skøn: 10 til 15, planlagt med midten
what-cowi = har behov for døgnbehandling, undersøgelse i de fem ambulatorier: 19 til 51, planlagt med midten
what-during = af de 83 familieophold dem, der var i rusmiddelbehandling under opholdet (19 %)
what-before = af de 83 familieophold dem, der var i rusmiddelbehandling før opholdet (36 %)
what-drug = gravide visiteret til døgnbehandling for stofbrug
what-family = familieanbringelse i graviditeten eller det første år, af 1.460 registrerede gravide med rusmiddelbrug
what-regions = regionernes skøn, december 2023 (80 i 2022)
what-agency = styrelsens samlede vurdering
what-alcohol = kvinder om året med højt alkoholforbrug i graviditeten (4.799 børn på 23 år)
what-reform = Region Hovedstaden og Region Sjælland er én region, Østdanmark
what-short = kvinderne er på ophold i 120 i stedet for 180 døgn
excess-gap = minutter over forskellen
excess-served = kvinder om året uden plads
excess-open = kvinder om året sendt til en lukket placering
excess-size = pladser uden for de tilladte størrelser
excess-promise = døgnophold om året ud over, hvad pladserne rækker til
excess-units = enheder for lidt eller for meget
excess-minutes = minutter over grænsen
excess-region-unit = manglende enheder
excess-access = kvinder om året for langt væk
excess-own-region = andel af en kommune, der får plads andre steder
excess-reach = minutter over grænsen, efter andelen af en kommune
excess-nearest = andel af en kommune sendt forbi en nærmere enhed
excess-agreements = aftaler for meget
excess-volume = døgnophold om året for lidt
excess-income = kr. om året for lidt
excess-build = kr. over budgettet
excess-run = kr. om året over budgettet
excess-keep = lukkede enheder, der skulle bestå
excess-forbid = åbnede placeringer, der var udelukket
excess-floor = pladser for lidt
source-build-budget = kr., én gang
source-run-budget = kr. om året
source-keep = placeringer, der skal være enheder, f.eks. ["R_BETHESDA"]
source-forbid = placeringer, der ikke må være enheder
source-size-floor = true = mindst de nuværende pladser (kolonnen existing_beds); {"{"}R_BETHESDA = 6{"}"} = som angivet

# watch and decide (capacity.studies.adapting, capacity.cli.adapt)
adapt-first = Først: åbn { $units } pladser.
adapt-first-none = Først: åbn ingen enhed endnu. Hvor ingen enhed er åben, tælles ingen, så ventetiden gør ingen klogere.
adapt-value = Forventet udgift { $value } mio. kr. for { $years } år og { $tail } år derefter: { $fixed }, hvis intet læres undervejs, { $once }, hvis alt åbnes på én gang, { $knowing }, hvis niveauet var kendt fra starten, { $nothing } uden nogen enhed.
adapt-watching = At se tiden an og tælle er { $gain } mio. kr. værd; det, man derefter stadig ikke ved, er { $left } mio. kr. værd.
adapt-regret = Uanset hvilket tal der er rigtigt, koster planen højst { $worst } mio. kr. mere, end hvis man havde kendt det fra starten (mest ved { $figure }).
adapt-bound = Ingen plan, der tæller og beslutter undervejs, koster mindre end { $bound } mio. kr.; beregningens gitter lader { $open } % stå åbent.
adapt-list = Hver åben enhed skal føre én liste fra første dag: alle kvinder, der henvender sig, også dem, der ikke får plads. Tæller man kun de indskrevne, kan man ikke se forskel på få og mange.
adapt-end-none = Til sidst ingen enhed med { $beds } pladser: { $chance } ud af 100.
adapt-end-one = Til sidst én enhed med { $beds } pladser: { $chance } ud af 100.
adapt-end-more = Til sidst { $units } enheder med { $beds } pladser: { $chance } ud af 100.
adapt-pilots = Først { $unit } alene og det bedste derefter: { $more } mio. kr. mere.
adapt-waits = Ikke at åbne noget det første år: { $more } mio. kr. mere.
adapt-believed = Antaget, før nogen har henvendt sig: { $mean } kvinder om året, { $low } til { $high } i ni tilfælde ud af ti, efter { $figures } tal fra { $sources } kilder.
adapt-price-assumed = En kvinde uden plads tæller { $price } mio. kr. (en antagelse: ingen har målt det); det afgør det første skridt.
adapt-price-asked = En kvinde uden plads tæller { $price } mio. kr. (som ønsket); det afgør det første skridt.
adapt-uptake = Hvem der henvender sig, efter minutter til nærmeste åbne enhed: { $curve } (en antagelse: ingen har målt det).
adapt-filling-assumed = I det år en enhed åbner, henvender { $share } % af et års kvinder sig (en antagelse).
adapt-filling-asked = I det år en enhed åbner, henvender { $share } % af et års kvinder sig (som ønsket).
adapt-annuity = Pladser betales med en annuitet, så længe årene varer.
adapt-built = Pladser betales, når de bygges.
adapt-undetected = Den, der ikke henvender sig, tæller { $times } gange i regnskabet; det, man lærer, er alene, hvor mange der henvender sig.
adapt-rules = Regler i sagen, som planen ikke er bedt om at overholde: { $rules }.
adapt-played = Spillet igennem ved lodtrækning: { $cost } mio. kr. (plus/minus { $error }), { $women } kvinder uden plads og { $hours } rejsetimer i årene, til sidst { $beds } pladser i { $units } enheder.
adapt-played-figure = Spillet igennem ved lodtrækning ({ $figure }): { $cost } mio. kr. (plus/minus { $error }), { $women } kvinder uden plads og { $hours } rejsetimer i årene, til sidst { $beds } pladser i { $units } enheder.
adapt-least-regret = Ingen plan, heller ikke en lodtrækning mellem planer, kan komme under en største fortrydelse på { $bound } mio. kr.; en af de fundne har { $single } mio. kr.
adapt-switch = Fra { $low } til { $high } mio. kr. pr. kvinde åbner det første skridt { $what } pladser.
adapt-switch-none = Fra { $low } til { $high } mio. kr. pr. kvinde åbner det første skridt ingenting.
adapt-with = { $units } med { $beds }
adapt-title = Hvad der gøres, når så mange kvinder har henvendt sig
adapt-year = år
adapt-when = når
adapt-then = så
adapt-chance = ud af 100
adapt-at-once = straks
adapt-open-now = åbn { $units } pladser
adapt-nothing-yet = åbn intet endnu
adapt-more = { $low } eller flere
adapt-whatever = uanset hvor mange der har henvendt sig
adapt-nobody = ingen har henvendt sig
adapt-one = 1 har henvendt sig
adapt-most = højst { $high } har henvendt sig
adapt-asked = { $many } har henvendt sig
adapt-state = med { $units } pladser: { $asked }
adapt-stay = bliv ved { $beds } pladser
adapt-grow = udvid: i alt { $beds } pladser
adapt-open = åbn { $sites }: i alt { $beds } pladser
