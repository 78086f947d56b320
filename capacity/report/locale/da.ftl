### Rapporten og kortet på dansk. Tal kommer som tekst i sprogets form; $count vælger ental eller flertal.

## Kortet
map-title = { $count ->
    [one] Én enhed
   *[other] { $count } enheder
  }, { $beds ->
    [one] én plads
   *[other] { $beds } pladser
  }
map-subtitle = { $mean } minutter i gennemsnit, højst { $longest }
map-against = { $first ->
    [one] Én enhed
   *[other] { $first } enheder
  } mod { $second }
map-minutes = Rejsetid, minutter hver vej
map-change = Ændring, minutter hver vej
map-below = under { $high }
map-between = { $low } til { $high }
map-above = { $low } eller mere
map-nearer = mindst { $minutes } kortere
map-little-nearer = kortere
map-same = som før
map-little-farther = længere
map-farther = mindst { $minutes } længere
map-unit = Enhed med antal pladser
map-ambulatory = Familieambulatorium
map-site = Mulig placering, ikke brugt
map-gone = Enhed kun i den anden plan
map-flow = Hvem der bruger enheden
map-cells = Arealer: landet nærmest hvert punkt, ikke kommunegrænser.
map-areas = Arealer som angivet.
map-modelled = Rejsetiderne er modelberegnede.
map-given = Rejsetider som angivet.
map-data = Data: { $sources }.
map-to = { $name }: { $minutes } minutter til { $unit }
map-nobody = { $name }: ingen har behov for et døgnophold
map-moved = { $name }: { $minutes } minutter
map-beds = { $name }: { $beds ->
    [one] én plads
   *[other] { $beds } pladser
  }, { $stays } døgnophold om året
map-closed = { $name }: ikke brugt
map-closed-ambulatory = { $name }: familieambulatorium uden enhed
map-flows = { $count ->
    [one] Én kommune bruger
   *[other] { $count } kommuner bruger
  } { $unit }
map-inset = { $name } (flyttet)

## Siden
title = Døgnbehandling: en plan
kicker = Planlægningsrapport
made = Beregnet { $when } med capacity { $version }
skip-map = Spring kortet over
to-top = Til toppen
contents = Indhold
answer = Svaret
answer-open = Åbn { $count ->
    [one] én enhed
   *[other] { $count } enheder
  } med { $beds ->
    [one] én plads
   *[other] i alt { $total } pladser
  }: { $units }.
unit-beds = { $name } ({ $beds ->
    [one] én plads
   *[other] { $beds } pladser
  })
answer-proven = Intet andet valg af enheder, som overholder reglerne, giver familierne mindre rejsetid; det er bevist.
answer-proven-worst = Intet andet valg af enheder, som overholder reglerne, giver en kortere længste rejse; det er bevist.
answer-proven-worst_off = Intet andet valg af enheder, som overholder reglerne, giver de dårligst stillede kortere rejsetid; det er bevist.
answer-proven-fair = Intet andet valg af enheder, som overholder reglerne, fordeler rejsetiden mere lige; det er bevist.
answer-proven-reached = Intet andet valg af enheder, som overholder reglerne, når flere kvinder; det er bevist.
answer-proven-cost = Intet andet valg af enheder, som overholder reglerne, koster mindre om året; det er bevist.
answer-unproven = Det er den bedste plan, der er fundet; en anden kan højst være { $gap } bedre.
answer-given = Enhederne er valgt på forhånd; de overholder reglerne. Hvor meget bedre et andet valg kan være, er der ikke spurgt om.
answer-given-broken = Enhederne er valgt på forhånd. Regler, de ikke overholder: { $rules }.
answer-unknown = Det er den bedste plan, der er fundet; hvor meget bedre en anden kan være, vides ikke.
answer-travel = Familiernes rejsetid er i gennemsnit { $mean } minutter hver vej og højst { $longest }, i alt { $hours } timer om året.
key-units = enheder
key-beds = pladser
key-mean = minutters rejse i gennemsnit, hver vej
key-within = af kvinderne inden for { $minutes } minutter

map = Kort
plan-itself = Planen
show = Vis
show-hint = Kortet og de tre tabeller nedenfor følger med.
show-group-alternatives = Alternativer
show-group-scenarios = Dokumenternes tal
view-scenario = { $name }: { $women } kvinder om året
hover-hint = Peg på kortet, eller gå gennem det med Tab, så vises hvert sted her.
units = Enheder
regions = Regioner
money = Økonomi
money-text = Indtægterne er sammenlignet med driftsudgifterne; anlæg står for sig. Priserne er antagelser, indtil jeres egne regnskaber træder i stedet.
money-admitted = Kun ophold, der bliver til noget, tæller: den, der finder alle pladser optaget, kommer et andet sted hen og betaler ingen.
payers = En finansieringsmodel
payers-text = Der skal betales { $cost } mio. kr. i et år med gennemsnitligt behov; anlæg ({ $building } mio. kr. om året) og tabet, mens pladserne fyldes ({ $startup } mio. kr. én gang), står for sig. Af { $years } simulerede år vises gennemsnittet og ved siden af beløbet i et dårligt år, som ét år ud af tyve overstiger. Driftsherren bærer det, som indtægterne ikke dækker; under nul beholder den et overskud.
pays-model = Betalingsmodel
pays-rate = Kr. pr. døgn
pays-state = Staten, mio. kr.
pays-municipalities = Kommunerne, mio. kr.
pays-operators = Driftsherrerne, mio. kr.
pays-bad = I et dårligt år
payment-day_rate = Døgntakst
payment-balancing_day_rate = Døgntakst, der går i nul
payment-subscription = Abonnement
payment-two_parts = To dele: fast og pr. døgn
payment-state_grant = Statstilskud og døgntakst
payment-state_in_full = Staten betaler alt
payment-source-day_rate = Request-2024; taksten er casens egen antagelse
payment-source-balancing_day_rate = antagelse: én takst for alle enheder
payment-source-subscription = antagelse: efter den kolonne, der fordeler behovet
payment-source-two_parts = antagelse: det faste efter den kolonne, døgn efter brug
payment-source-state_grant = antagelse: 6 mio. kr. pr. enhed; statslig finansiering ønskes i Answer-2025
payment-source-state_in_full = Answer-2025 4.1 og bilag 3
others-text = Hvert alternativ ovenfor og hvert af dokumenternes tal, der har en plan, vist helt: kort, enheder, regioner og økonomi.
others = Andre planer, vist helt

by-scenario = I hvert scenarie
by-scenario-text = Planen er lavet til flere tal på én gang: pladserne er som planlagt, og hvem der bruger hvilken enhed, ligger fast.
probability = Sandsynlighed
must-hold = Skal holde
promise-kept = Servicemålet holder
served = Får plads
yes = ja
no = nej
left-out-rows = { $study }: de første { $shown } af { $all } er vist.
unit = Enhed
beds = Pladser
stays = Døgnophold om året
occupancy = Belægning
turned-away = Afvist
waiting = Venter for længe
to-ambulatory = Minutter til ambulatoriet
region = Region
women = Kvinder om året
mean = Rejsetid i gennemsnit, minutter
minutes-80 = 80 % bor inden for, minutter
longest = Længste rejsetid, minutter
share-within = Inden for { $minutes } minutter
income = Indtægt, mio. kr. om året
cost = Driftsudgift, mio. kr. om året
result = Indtægt minus driftsudgift, mio. kr.
building = Anlæg, mio. kr. én gang
startup = Tab i opstarten, mio. kr. én gang
total = I alt
country = Hele landet

## Det hviler planen på
leans = Det bygger planen på
leans-text = Hver forudsætning, hvad den bygger på, og hvor meget familiernes rejsetid ændrer sig, når den går til enderne af sit spænd, og alt andet er uændret. De vigtigste står først.
leans-text-worst = Hver forudsætning, hvad den bygger på, og hvor meget den længste rejsetid ændrer sig, når den går til enderne af sit spænd, og alt andet er uændret. De vigtigste står først.
leans-text-worst_off = Hver forudsætning, hvad den bygger på, og hvor meget de dårligst stilledes rejsetid ændrer sig, når den går til enderne af sit spænd, og alt andet er uændret. De vigtigste står først.
leans-text-fair = Hver forudsætning, hvad den bygger på, og hvor meget den ligeligt fordelte rejsetid ændrer sig, når den går til enderne af sit spænd, og alt andet er uændret. De vigtigste står først.
leans-text-reached = Hver forudsætning, hvad den bygger på, og hvor meget antallet af kvinder, der nås, ændrer sig, når den går til enderne af sit spænd, og alt andet er uændret. De vigtigste står først.
leans-text-cost = Hver forudsætning, hvad den bygger på, og hvor meget de årlige udgifter ændrer sig, når den går til enderne af sit spænd, og alt andet er uændret. De vigtigste står først.
setting = Forudsætning
value = Værdi
range = Spænd
matters = Betydning
source = Kilde
assumption = antagelse
range-of = { $low } til { $high }
matters-little = samme enheder, { $swing }
matters-units = andre enheder, { $swing }
matters-none = ved { $ends } kan ingen plan overholde reglerne
matters-unknown = intet spænd angivet
matters-nothing = intet ændrer sig

setting-demand-women_per_year = Kvinder med behov for døgnophold
setting-demand-weight = Fordelt på kommuner efter
setting-demand-undetected = Uopdagede kvinder, en faktor
setting-demand-relative_risk = Relativ risiko
setting-demand-counts = Jeres egne optællinger
setting-travel-uptake = Hvem der tager imod en plads, efter rejsetid én vej
value-counts = { $women } kvinder; { $share } af fordelingen kommer fra dem
counts-all = alle, der sendes til en enhed
counts-admitted = dem, der finder en ledig plads
value-uptake = { $share } ved { $minutes } minutter
setting-stay-mean_days = Opholdets længde i gennemsnit
setting-promise-turned_away = Andel, der må møde optagne pladser
setting-promise-demand_cv = Usikkerhed om behovets niveau (variationskoefficient)
setting-promise-wait_days = Længste acceptable ventetid
setting-promise-wait_probability = Andel, der må vente længere
setting-promise-occupancy = Højeste belastning af en plads
setting-travel-visits_per_week = Familiens besøg
setting-travel-ambulatory_trips_per_week = Ture til ambulatoriet
setting-sizes-smallest = Mindste enhed
setting-sizes-largest = Største enhed
setting-finance-unit_dkk_per_year = En enheds faste udgift
setting-finance-bed_dkk_per_year = En plads' faste udgift
setting-finance-occupied_day_dkk = Udgift pr. belagt døgn
setting-finance-day_rate_dkk = Døgntakst
setting-finance-grant_dkk_per_year = Tilskud til en enhed
setting-finance-building_dkk_per_bed = Anlægsudgift pr. plads
setting-finance-interest = Rente
setting-finance-years = Afskrivningsperiode for anlæg
setting-finance-filling_years = År, til pladserne er fyldt
setting-objective-worst_off_share = Andel af kvinderne, der er dårligst stillet
setting-finance-counts = Hvis ophold tæller i økonomien

women-per-year = { $value } kvinder om året
days = { $count ->
    [one] ét døgn
   *[other] { $value } døgn
  }
stays-per-year = { $value } døgnophold om året
beds-of = { $count ->
    [one] én plads
   *[other] { $value } pladser
  }
minutes-of = { $count ->
    [one] ét minut
   *[other] { $value } minutter
  }
per-week = { $value } om ugen
dkk = { $value } kr.
dkk-per-year = { $value } kr. om året
years-of = { $value } år
column = kolonnen { $value }

## Alternativer
absent = Hvorfor ikke der
absent-costs = { $place }: en enhed dér overholder reglerne, men er ikke bedst. Den bedste plan med en ({ $units }) ligger { $behind } efter: { $minutes } minutter i gennemsnit, { $beds } pladser, { $cost } mio. kr. om året med byggeri.
absent-broken = { $place }: intet valg af enheder med en dér overholder alle regler. Føjet til denne plan bryder { $added }: { $rules }. `capacity why-not { $ask }` nævner konflikten og de mindste ændringer, der gør plads til den.
alternatives = Alternativer
alternatives-text = De bedste andre valg af enheder, hvert sammenlignet med planen.
behind = Dårligere end planen
against = Sammenlignet med planen
against-plan = Planen selv.
story-with = med { $names }
story-without = uden { $names }
story-figures = { $minutes } minutter i gennemsnit, { $hours } rejsetimer om året, { $beds } pladser, { $cost } mio. kr. om året med byggeri
story-farther = { $count ->
    [0] ingen får længere
    [one] én kommune får længere ({ $which })
   *[other] { $count } kommuner får længere ({ $which })
  }
story-nearer = { $count ->
    [0] ingen får kortere
    [one] én kommune får kortere ({ $which })
   *[other] { $count } kommuner får kortere ({ $which })
  }
core = I alle planer inden for { $within } af den bedste: { $names }.
optional = I nogle af dem: { $names }.
ties = Omtrent lige langt, inden for rejsetidernes angivne usikkerhed
tie-order = { $first } og { $second } ligger { $apart } fra hinanden: den angivne usikkerhed på rejsetiderne ({ $minutes } minutter eller { $percent }) kan vende deres rækkefølge
tie-unit = { $point }: { $first } { $near } eller { $second } { $far } minutter
ties-more = { $count ->
    [one] og én mere
   *[other] og { $count } mere
  }

## Behovet
ladder = Hvor mange kvinder?
ladder-text = Dokumenterne er uenige om, hvor mange kvinder der har behov for et døgnophold. Når familierne bruger den nærmeste enhed, kan alle valg af placeringer regnes igennem på hvert niveau; mellem de viste grænser er det bedste valg det samme. Ved hvert trin står, hvad der hindrer den næste enhed.
ladder-chart = Det bedste antal enheder på hvert niveau af behov, med dokumenternes tal markeret
ladder-axis = kvinder om året
ladder-here = planen: { $women }
ladder-none = ingen plan overholder reglerne
ladder-step = { $low } til { $high } kvinder om året: { $what }
units-of = { $count ->
    [one] én enhed
   *[other] { $count } enheder
  }
from = Fra
to = Til kvinder om året
stopped = Det hindrer den næste enhed

## Scenarier
robustness = Holder planen ved andre tal?
robustness-text = Planens enheder ved hvert af de tal, dokumenterne angiver, med pladser beregnet på ny, sammenlignet med de bedste enheder for det tal.
scenario = Tal
document = Dokument
status = Planens enheder
behind-best = Dårligere end de bedste
best-there = De bedste enheder ved tallet
status-best = de bedste
status-nearly = næsten de bedste
status-behind = ikke de bedste
status-no-plan-keeps-the-rules = ingen plan overholder reglerne
status-these-units-break-a-rule = enhederne bryder en regel
beds-needed = Nødvendige pladser
away-as-built = Afvist ved planens pladser
flexible = Pladser, der åbnes og lukkes efter behov (Answer-2025 4.1.2), ville spare { $low } til { $high } mio. kr. om året ved disse tal.
closures = Én enhed færre
closures-text = Hver enhed lukkes på skift i et kvartal; dens kvinder får tilbud i den nærmeste anden enhed, og pladserne er som bygget.
closed = Lukket
closed-referrals = Kvinder henvist til den
closed-no-bed = Kvinder i alt uden plads
closed-open = Det samme, når alle er åbne
closed-minutes = Flere minutter for dem, der sendes videre
closed-inside = Kvinder i dens pladser
closed-free = Ledige pladser andre steder
as-the-plan = som planen

## Afprøvning
stress = Holder servicemålet i simulerede år?
stress-text = Tilfældige henvisninger, tilfældige opholdslængder og fyldte enheder: { $years } år er simuleret i { $runs } kørsler (startværdi { $seed }). { $overflow ->
    [yes] En kvinde, hvis enhed er fyldt, kan få plads i den næste.
   *[no] Ingen sendes til en anden enhed.
  } Intervallerne er 95 %. Ved siden af står, hvad formlerne lover for hver enhed for sig.
opening = De første år
opening-text = Når henvisningerne vokser jævnt fra ingen til alle, og alle pladser er tomme ved åbningen: gennemsnit af kørslerne.
year = År
stress-unit = Enhed eller region
stress-away = Afvist
stress-elsewhere = Plads i en anden enhed
stress-occupancy = Belægning
stress-formula = Formlen: afvist
interval = { $value } ({ $low } til { $high })

## Metode
method = Metode og forbehold
method-text = Mulige placeringer bliver til enheder med et helt antal pladser. Planen er den, der giver { $goal } og overholder alle regler nedenfor; den er regnet efter alene ud fra sine tabeller. { $certificate } Antallet af pladser følger servicemålet efter Erlangs formler: { $promise }. Rejsetiderne er { $travel }. Økonomien bygger på antagelser, som skal erstattes af egne regnskaber. { $women }
goal-travel = familierne mindst rejsetid
goal-worst = den korteste længste rejse
goal-worst_off = den korteste rejsetid for de dårligst stillede
goal-fair = den mest ligeligt fordelte rejsetid
goal-reached = flest kvinder et tilbud, de tager imod
goal-cost = de laveste årlige udgifter
promise-loss = højst { $share } møder en enhed, hvor alle pladser er optaget
promise-wait = højst { $share } venter længere end { $days } dage
promise-occupancy = en belastning på højst { $share } af pladserne
travel-modelled = modelberegnede (uden kø; omkring 6 % fra kendte ruter), og en beslutning bør bygge på jeres egne
travel-given = som angivet
women-split = Kvinderne i en kommune er en modelberegnet fordeling af et landstal, ikke optællinger.
women-counted = Kvinderne er fordelt på kommuner efter en vægt og jeres egne optællinger; grupper med en del, der talte færre end { $limit }, er talt sammen, så intet her kan røbe et lille antal.
limits = Planen kan ikke vide, hvor mange kvinder der ikke opspores eller siger nej til en plads langt fra hjemmet, hvor længe et ophold varer, eller næste års antal: selv hvis gennemsnittet var præcis { $mean }, ville enkelte år svinge fra omkring { $low } til { $high }.
documents = Korte navne som Request-2024 henviser til sagens kildeliste.
rules = Regler, der gælder
rule = Regel
sentence = Ordlyd
notices = Bemærkninger
left-out = Ikke i denne rapport
left-out-split = { $study }: ikke beregnet, fordi reglerne ikke sender alle til den nærmeste enhed.
left-out-sets = { $study }: ikke beregnet, fordi der er { $sets } mulige valg af placeringer; kør beregningen for sig.
left-out-scenarios = { $study }: sagen har ingen navngivne tal (scenarios.csv).
left-out-error = { $study }: ikke mulig for dette problem.
left-out-views = { $study }: { $count ->
    [one] én plan
   *[other] { $count } planer
  } mere, for at siden ikke bliver for stor.
left-out-levels = { $study }: ikke beregnet her, fordi hvert niveau skulle løses for sig; kør `capacity ladder`.
left-out-asked = { $study }: ikke bestilt.
left-out-long = { $study }: ikke beregnet, fordi { $women } kvinder om året tager for lang tid at simulere her; kør `capacity stress`.

## Bilag for en region
annex = Bilag: { $region }
annex-text = Regionens svar i den rækkefølge, styrelsen beder om (Request-2024). Det, en model kan beregne, er udfyldt; resten er overladt til regionen.
annex-model = 1. Konkret model
annex-legal = Lovgrundlag
annex-tie = Tilknytning til eksisterende enheder
annex-content = Indhold
annex-competences = Kompetencer
annex-placement = Geografisk placering
annex-capacity = Kapacitet
annex-travel = Rejsetid
annex-viability = Bæredygtighed
annex-agreement = 2. Tid til skriftlig aftale med familieambulatoriet
annex-finance = 3. Finansieringsmodel
annex-time = 4. Tid til etablering
annex-fill = Udfyldes af regionen.
annex-here = I { $region }: { $units }.
annex-nothing = Der ligger ingen enhed i { $region }.
annex-use = Regionens { $women } kvinder om året bruger { $units }.
annex-tied = { $unit } ligger { $minutes } fra sit familieambulatorium ({ $ambulatory }).
annex-at = { $unit } ligger ved sit familieambulatorium.
annex-holds = { $unit }: { $beds } til { $stays } døgnophold om året, en belægning på { $occupancy }; { $away } møder optagne pladser.
annex-travels = Rejsetiden er i gennemsnit { $mean } minutter hver vej og højst { $longest }; 80 % af kvinderne bor inden for { $most } minutter.
annex-access = { $share } bor inden for { $minutes } minutter.
annex-stays = { $unit }: { $stays } døgnophold om året{ $asked ->
    [none] .
   *[other] , hvor aktiv praksis er forstået som mindst { $asked }.
  }
annex-balance = { $unit }: indtægter på { $income } mio. kr. om året mod driftsudgifter på { $cost } mio. kr., et resultat på { $result } mio. kr. om året.
annex-building = { $unit }: anlæg for { $building } mio. kr. én gang, svarende til { $yearly } mio. kr. om året i { $years } år.
annex-startup = { $unit }: { $startup } mio. kr. tabes, før enheden hviler i sig selv, hvis pladserne fyldes over { $years } år.
annex-share = Efter brug er regionens andel af anlæg { $building } mio. kr. én gang og af tabet, mens pladserne fyldes, { $startup } mio. kr.
annex-pays = { $model }: regionens kommuner betaler { $mean } mio. kr. i et gennemsnitligt år og { $high } mio. kr. i et dårligt.
annex-prices = Priserne er antagelser, som skal erstattes af regionens egne regnskaber. Hvem der betaler, er regionens at svare på.
annex-years = Dokumenterne regner med et til tre år, før pladserne er fyldt (Answer-2025).
annex-to-one = Regionens kommuner: minutter hver vej til { $unit }
annex-municipalities = Regionens kommuner: minutter hver vej, og den enhed, de bruger

## Kørslens oplysninger
record = Oplysninger om beregningen
record-text = Det, der skal til for at beregne planen igen.
record-version = Bibliotek
record-when = Beregnet
record-engine = Beregningsmåde
record-solver = Løsningsprogram
record-certificate = Bevis
record-problem = Kontrolsum for grundlaget
record-inputs = Læste filer
record-whole = Alle oplysninger
data = Data: { $sources }.

## Regler
rule-served = Alle kvinder med behov for et døgnophold tilbydes en plads.
    .name = Alle får tilbud
rule-open_only = Kvinder visiteres kun til placeringer, der er åbnet.
    .name = Kun åbne enheder
rule-one_size = En enhed har præcis én af de størrelser, placeringen tillader.
    .name = Én størrelse
rule-promise = En enheds pladser rækker til dens døgnophold med den lovede tilgængelighed i alle scenarier, der skal holde.
    .name = Servicemål
rule-units = Antallet af enheder ligger mellem de angivne grænser.
    .name = Antal enheder
rule-near_ambulatory = En enhed ligger højst det angivne antal minutter fra et familieambulatorium.
    .name = Nær et ambulatorium
rule-region_unit = Hver region har mindst én enhed.
    .name = En enhed i hver region
rule-region_access = I hver region bor mindst den angivne andel af kvinderne inden for det angivne antal minutter fra deres enhed.
    .name = Adgang i hver region
rule-region_gap = Kvinderne i ingen region rejser i gennemsnit mere end det angivne antal minutter længere end kvinderne i en anden.
    .name = Regionerne stilles nogenlunde lige
rule-own_region = Kvinder behandles i egen region (bortset fra angivne aftaler mellem regioner).
    .name = Egen region
rule-reach = Ingen familie rejser længere end grænsen (bortset fra nævnte undtagelser, f.eks. øer).
    .name = Længste rejse
rule-nearest = Familierne bruger den nærmeste åbne enhed, de må bruge.
    .name = Nærmeste enhed
rule-one_agreement = En kommune har aftale med kun én enhed.
    .name = Én aftale
rule-volume = En enhed har mindst det angivne antal døgnophold om året: i gennemsnit, i alle scenarier eller med en given sandsynlighed i et Poisson-år.
    .name = Aktiv praksis
rule-income = En enheds indtægter dækker dens årlige udgifter: forventet, i alle scenarier, der skal holde, eller med en given sandsynlighed i et Poisson-år.
    .name = Indtægter dækker udgifter
rule-build_budget = Anlægsudgifterne holder sig inden for budgettet.
    .name = Anlægsbudget
rule-run_budget = De årlige driftsudgifter holder sig inden for budgettet.
    .name = Driftsbudget
rule-keep = Eksisterende eller besluttede enheder består.
    .name = Enheder, der består
rule-forbid = Udelukkede placeringer forbliver lukkede.
    .name = Udelukkede placeringer
rule-size_floor = En enhed har mindst sine nuværende pladser.
    .name = Nuværende pladser

price = må brydes; { $price } pr. enhed ({ $unit })
exceptions = undtagen { $names }
when-average = i gennemsnit
when-every_scenario = i alle scenarier
when-poisson_year = med sandsynligheden { $probability } i et Poisson-år
when-expected = forventet
agreements = aftaler: { $pairs }
