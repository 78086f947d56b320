# Bibliotekets sætninger på dansk; navnene er dem i said.en.ftl.

case-name = Danmark: døgnbehandling for gravide kvinder og deres familier

certificate-none-better = Alle { $sets } mulige valg af placeringer er regnet igennem; intet er bedre.
certificate-cut = { $valued } af { $sets } mulige valg af placeringer nåede at blive regnet igennem, før kørslen blev afbrudt.
certificate-keep = Alle { $sets } mulige valg af placeringer er regnet igennem; { $kept } overholder reglerne.
certificate-levels = Alle { $sets } mulige valg af placeringer er regnet igennem på hvert niveau.
certificate-model = { $solver } har bevist, at ingen plan er bedre.
certificate-model-cut = { $solver } blev afbrudt; grænsen for, hvor meget bedre en plan kan være, er bevist.
certificate-order = Modellen har bevist rækkefølgen af de første { $count } valg.
certificate-order-cut = Modellen har bevist rækkefølgen af de første { $count } valg; der kan være flere inden for grænsen.

tie-order = { $first } og { $second } ligger { $percent } % fra hinanden, hvilket er inden for den angivne usikkerhed på { $error } %
tie-point = { $point }: { $first } { $minutes } eller { $second } { $others } minutter

verdict-right = { $sites }: bedst eller inden for { $percent } % i { $right } af { $all } scenarier.
verdict-none = I { $few } af { $all } scenarier (op til { $women } kvinder om året) kan ingen plan overholde reglerne; `capacity explain` forklarer hvorfor.
verdict-everywhere = I alle scenarier, der har en plan: { $sites }.
verdict-count = { $count } enheder kun i scenarier fra { $women } kvinder om året; `capacity ladder` viser de præcise niveauer.
verdict-equal = Scenarierne vægtes ens: ingen har sagt, hvor sandsynligt hvert af dem er.

notice-left-out = { $name } ({ $site }) indgår ikke i planen: der mangler { $lacks }. Tilføj oplysningerne i { $table } og { $source }, hvis placeringen skal overvejes.
lacks-both = koordinater og rejsetider i { $file }
lacks-place = koordinater
lacks-times = rejsetider i { $file }
notice-encoding = { $name } er ikke UTF-8 og er læst som Windows-1252. Kontrollér, at æ, ø og å står rigtigt.
notice-semicolon = { $name } er adskilt med semikolon; komma i tal er læst som decimaltegn.
notice-tabs = { $name } er adskilt med tabulator.
notice-km = { $name } angiver km: alle grænser og tal i minutter betyder her km.
notice-missing = { $count } kommuner har ingen række i { $name } og er læst som nul.
no-source = ingen kilde angivet: betragt det som en antagelse

source-women = agency-2024: styrelsens samlede vurdering, 80 til 100 (Request-2024); andre dokumenter siger 6 til 200
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
source-grant = antagelse: intet statstilskud (både kommunerne og Danske Regioner ønsker det)
source-building = Loans-2025: 63,3 mio. kr. til 32 pladser i tre lån (1,5 til 2,6 mio. kr. pr. plads)
source-interest = antagelse: pr. år
source-years = antagelse: den tid, anlægget afskrives over
source-fair = antagelse: vægten på ulige rejsetid i målet "fair"
source-region-unit = Request-2024 beder om én løsning i hver region; true = en enhed i hver region
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
scenario-alcohol = Højt alkoholforbrug i graviditeten

attribution-dst = Danmarks Statistik (CC BY 4.0)
attribution-geonames = GeoNames (CC BY 4.0)
attribution-natural-earth = Natural Earth (offentligt domæne)
