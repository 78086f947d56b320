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
point-without-car = { $name } (uden bil)
map-transit = Familier uden bil
map-flow = Hvem der bruger enheden
map-cells = Arealer: landet nærmest hvert punkt, ikke kommunegrænser.
map-areas = Arealer som angivet.
map-modelled = Rejsetiderne er modelberegnede.
map-given = Rejsetider som angivet.
map-data = Data: { $sources }.
map-to = { $name }: { $minutes } minutter til { $unit }
map-nobody = { $name }: ingen har behov for et døgnophold
map-all-course = { $name }: ingen på en enhed, i ambulant forløb
map-all-unreached = { $name }: nås af ingen
map-course = Kun ambulant forløb
map-unreached = Nås af ingen
map-moved = { $name }: { $minutes } minutter
map-beds = { $name }: { $beds ->
    [one] én plads
   *[other] { $beds } pladser
  }, behov { $stays } døgnophold om året
map-closed = { $name }: ikke brugt
map-closed-ambulatory = { $name }: familieambulatorium uden enhed
map-flows = { $count ->
    [one] Én kommune bruger
   *[other] { $count } kommuner bruger
  } { $unit }
map-close = { $name }, forstørret
map-border = Regionsgrænse
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
answer-proven = Intet andet valg af enheder, som overholder reglerne, kræver færre rejsetimer om året, når familiernes besøg og turene til ambulatoriet lægges sammen ({ $hours } timer); det er bevist.
answer-proven-courses = Intet andet valg af enheder, som overholder reglerne, kræver færre rejsetimer om året, når familiernes besøg, turene til ambulatoriet og rejserne til ambulante forløb lægges sammen ({ $hours } timer); det er bevist.
answer-proven-worst = Intet andet valg af enheder, som overholder reglerne, giver en kortere længste rejse; det er bevist.
answer-proven-worst_off = Intet andet valg af enheder, som overholder reglerne, giver de dårligst stillede kortere rejsetid; det er bevist.
answer-proven-fair = Intet andet valg af enheder, som overholder reglerne, fordeler rejsetiden mere lige; det er bevist.
answer-proven-reached = Intet andet valg af enheder, som overholder reglerne, når flere kvinder; det er bevist.
answer-proven-public_cost = Intet andet valg af enheder, som overholder reglerne, koster det offentlige mindre; det er bevist.
answer-proven-cost = Intet andet valg af enheder, som overholder reglerne, koster mindre om året; det er bevist.
answer-unproven = Det er den bedste plan, der er fundet; en anden kan højst være { $gap } bedre.
answer-given = Enhederne er valgt på forhånd; de overholder reglerne. Hvor meget bedre et andet valg kan være, er der ikke spurgt om.
answer-given-broken = Enhederne er valgt på forhånd. Regler, de ikke overholder: { $rules }.
answer-unknown = Det er den bedste plan, der er fundet; hvor meget bedre en anden kan være, vides ikke.
answer-travel = Familiernes rejsetid er i gennemsnit { $mean } minutter hver vej og højst { $longest }: { $visits } timer om året til besøg mellem hjem og enhed. Turene mellem en enhed og dens ambulatorium tager yderligere { $trips } timer.
answer-courses = Familier i ambulant forløb rejser yderligere { $hours } timer.
answer-aftercare = { $beds ->
    [one] Yderligere én plads er
   *[other] Yderligere { $total } pladser er
  } til efterforløb.
answer-by-transit = Familier med bil rejser i gennemsnit { $car } minutter hver vej. De { $women } kvinder om året uden bil rejser { $transit } med offentlig transport, ventetid medregnet.
key-units = enheder
key-beds = pladser
key-units-of = { $count ->
    [one] enhed
   *[other] enheder
  }
key-beds-of = { $count ->
    [one] plads
   *[other] pladser
  }
key-beds-aftercare = { $beds } og { $after } til efterforløb
key-mean = minutters rejse i gennemsnit, hver vej
key-travel = { key-mean } ({ $source })
key-modelled = modelleret
key-given = som angivet
key-running = mio. kr. om året i drift ({ $source })
key-building = mio. kr. i anlæg, én gang ({ $source })
key-women = kvinder om året forudsat
key-within = af kvinderne inden for { $minutes } minutter ({ $source })

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
money-text = Indtægterne er sammenlignet med driftsudgifterne; anlæg står for sig. Jeres egne regnskaber bør træde i stedet for disse priser.
money-admitted = Kun påbegyndte døgnophold tæller: den, der finder alle pladser optaget, kommer et andet sted hen og betaler ingen.
care-women = { $residential } kvinder om året er på en enhed, { $outpatient } i et ambulant forløb, og { $unreached } nås af ingen af delene.
care-cost = Forløbene koster { $cost } mio. kr. om året.
care-unmeasured = Hvad et ambulant forløb gør ved siden af et ophold, har ingen målt: virkningen og forløbenes offentlige udgifter er antagelser.
evenness = Hvor lige regionerne behandles
evenness-text = De dårligst stillede er de { $share } af kvinderne, som har længst rejsetid: her vises deres gennemsnit. En region ligger over den korteste med det, dens kvinder i gennemsnit rejser længere end kvinderne i den region, der har kortest; for landet er det afstanden. Afstand og Gini er mindst, hvor alle rejser langt: læs dem ved siden af gennemsnittet. Pladser pr. kvinde er dem inden for { $minutes } minutter, de nære tæller mest, delt med alle, som kan nå dem (E2SFCA); kvinder gange pladser pr. kvinde er altid pladserne, så spredningen siger noget, gennemsnittet ikke.
worst-off = Dårligst stillede, minutter
above-shortest = Over den korteste, minutter
gini = Gini
beds-woman = Pladser pr. kvinde
nothing-near = Intet i nærheden
gap-regions = Afstand mellem regionerne, minutter
fewest-beds-woman = Pladser pr. kvinde, hvor der er færrest
aftercare = Efterforløb
aftercare-text = Efter { $days } døgn på enheden følger et efterforløb på { $after } døgn med egne pladser: { $beds } i alt, { $women } kvinder om året og i gennemsnit { $persons } personer. { $held } finder ingen ledig plads og beholder den, de har på enheden.
aftercare-cost = Det koster { $cost } mio. kr. om året i drift og { $building } mio. kr. i anlæg, ud over hvad enhederne koster.
aftercare-filling = Indtil dets pladser er fyldt, taber det { $lost } mio. kr. ved efterforløbets takst.
aftercare-unmeasured = Døgn, priser og hvem der bor med, er antagelser: dokumenterne angiver ingen.
aftercare-place = Hvor
aftercare-units = For enhederne
aftercare-holds = Personer på en plads
held-up = Ingen ledig plads
persons = Personer der
aftercare-running = Driftsudgift, mio. kr. om året
ward-minutes = Minutter til neonatalafdelingen
families = Familier i efterforløb
family-alone = Mor og barn
family-partner = med partner
family-children = med andre børn
family-both = med partner og andre børn
family-kind = Familie
family-persons = Personer
family-share = Andel af kvinderne
family-beds = Pladser i brug, også dem, der beholdes på enheden
family-days = Udgift til døgnene, mio. kr. om året
payers = En finansieringsmodel
payers-text = Der skal betales { $cost } mio. kr. i et år med gennemsnitligt behov; anlæg ({ $building } mio. kr. om året) og tabet, mens pladserne fyldes ({ $startup } mio. kr. én gang), står for sig. Hvert beløb er gennemsnittet, og ved siden af står beløbet i et dårligt år, som ét år ud af tyve overstiger ({ $years } år er simuleret). Driftsherren bærer det, som indtægterne ikke dækker; under nul beholder den et overskud.
payers-courses = Heraf er { $dkk } mio. kr. om året ambulante forløb: hvert betales af den kommune, hvis kvinde er i forløbet, eller af staten, hvor staten betaler det hele.
payers-aftercare = Heraf er { $dkk } mio. kr. om året drift af efterforløb: dets døgn betales som døgnene på en enhed, med en takst for sig.
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
payment-source-day_rate = Request-2024; taksten er sagens egen antagelse
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
stays = Behov, ophold om året
admitted = Påbegyndte ophold om året
occupancy = Belægning
turned-away = Afvist
waiting = Venter for længe
to-ambulatory = Minutter til ambulatoriet
region = Region
women = Kvinder om året
mean = Rejsetid i gennemsnit, minutter
minutes-80 = 80 % bor inden for, minutter
column-minutes-90 = 90 % bor inden for, minutter
longest = Længste rejsetid, minutter
share-within = Inden for { $minutes } minutter
residential-women = På en enhed
outpatient-women = I ambulant forløb
unreached-women = Nås af ingen af delene
income = Enhedens indtægt, en regning til kommunerne, mio. kr. om året
cost = Driftsudgift, mio. kr. om året
result = Indtægt minus driftsudgift, mio. kr.
building = Anlæg, mio. kr. én gang
startup = Tab i opstarten, mio. kr. én gang
total = I alt
country = Hele landet

## Det hviler planen på
leans = Det bygger planen på
leans-text = Hver antagelse og hver forudsætning med et spænd eller andre værdier: som den står, hvad der er prøvet, mens alt andet er uændret, og hvad der sker med planen. Det, der ændrer enhederne ved den mindste ændring, står først.
tried = Prøvet
leans-what = Hvad der sker med planen
leans-stands = { $name }: { $value }
leans-unknown = ikke prøvet: intet spænd og ingen anden værdi er angivet
leans-same = De samme enheder; { $what }.
leans-nothing = De samme enheder, pladser, årlige udgifter og rejsetid.
turn-from = { $what } fra { $value }
turn-below = { $what } under { $value }
turn-at = { $what } ({ $value })
turn-instead = { $more } i stedet for { $fewer }
turn-more = også { $more }
turn-fewer = ingen enhed i { $fewer }
turn-none = ingen plan overholder reglerne
turn-unknown = ingen plan fundet i tide
turn-unproven = { $said } (fundet, ikke bevist)
turn-back = de samme enheder
span-beds = { $low } til { $high } pladser
span-dkk_per_year = { $low } til { $high } mio. kr. om året med anlæg
span-mean_minutes = { $low } til { $high } minutter i gennemsnit
span-longest_minutes = højst { $low } til { $high } minutter
span-hours_per_year = { $low } til { $high } rejsetimer om året (besøg og ture til ambulatoriet)
span-hours_per_year-courses = { $low } til { $high } rejsetimer om året (besøg, ture til ambulatoriet og ambulante forløb)
span-women_within = { $low } til { $high } kvinder om året inden for rækkevidde
sure = Hvor sikkert
sure-right = Enhederne er rigtige (bedst eller inden for 2 %) i { $right } af { $count } scenarier; i de andre er et andet valg bedre, eller ingen plan overholder reglerne.
deciding = Det afgør planen
sure-leans = Andre enheder er bedst, eller ingen plan overholder reglerne, ved andre værdier af { $few } ud af { $count } antagelser.
sure-leans-none = De samme enheder er bedst ved alle prøvede værdier af { $count } antagelser.
setting = Forudsætning
value = Værdi
matters = Hvad hver antagelse gør
source = Kilde
assumption = antagelse
range-of = { $low } til { $high }

setting-demand-women_per_year = Kvinder med behov for døgnophold
setting-demand-weight = Fordelt på kommuner efter
setting-demand-undetected = Uopdagede kvinder, en faktor
setting-demand-relative_risk = Relativ risiko
setting-demand-counts = Jeres egne optællinger
setting-travel-without_car = Familier uden bil
setting-travel-transit = Minutter for familier uden bil
setting-travel-uptake = Hvem der tager imod en plads, efter rejsetid én vej
value-counts = { $women } kvinder; { $share } af fordelingen kommer fra dem
counts-all = alle, der sendes til en enhed
counts-admitted = dem, der finder en ledig plads
value-uptake = { $share } ved { $minutes } minutter
setting-stay-mean_days = Opholdets længde i gennemsnit
setting-promise-turned_away = Højst tilladte andel afviste
setting-promise-demand_cv = Usikkerhed om behovets niveau (variationskoefficient)
setting-promise-wait_days = Længste acceptable ventetid
setting-promise-wait_probability = Andel, der må vente længere
setting-promise-occupancy = Højeste belastning af en plads
setting-travel-unit = Det, tabellerne over rejser angiver
setting-travel-source = Rejsetiderne
setting-travel-minutes_error = Fejl i rejsetiderne, minutter
setting-travel-visits_per_week = Familiens besøg
setting-travel-ambulatory_trips_per_week = Ture til ambulatoriet
setting-sizes-smallest = Mindste enhed
setting-sizes-largest = Største enhed
setting-objective-fair_aversion = Hvor meget ulige rejsetid tæller (målet fair)
setting-finance-unit_dkk_per_year = En enheds faste udgift
setting-finance-bed_dkk_per_year = En plads' faste udgift
setting-finance-occupied_day_dkk = Udgift pr. belagt døgn
setting-finance-day_rate_dkk = Døgntakst
setting-finance-grant_dkk_per_year = Tilskud til en enhed
setting-finance-building_dkk_per_bed = Anlægsudgift pr. plads
setting-finance-interest = Rente
setting-finance-years = Afskrivningsperiode for anlæg
setting-finance-filling_years = År, til pladserne er fyldt
setting-objective-worst_exceptions = Kommuner, hvis rejsetid ikke tæller med i den længste
setting-objective-worst_ties = Hvad der afgør mellem planer med den samme længste rejsetid
setting-objective-worst_off_share = Andel af kvinderne, der er dårligst stillet
setting-finance-counts = Hvis ophold tæller i økonomien
setting-outpatient-dkk_per_course = Pris for et ambulant forløb
setting-outpatient-visits_per_week = Besøg om ugen i et ambulant forløb
setting-outpatient-weeks = Uger i et ambulant forløb
setting-outpatient-beyond_minutes = Rejsetid, ud over hvilken et ambulant forløb tilbydes
setting-outpatient-declines = Om de, der takker nej til en plads, tager et ambulant forløb
setting-outpatient-where = Hvor et ambulant forløb foregår
setting-outpatient-effect = Virkningen af et ambulant forløb i forhold til et ophold
setting-pathways-residential = Offentlige udgifter efter et ophold
setting-pathways-outpatient = Offentlige udgifter efter et ambulant forløb
setting-pathways-none = Offentlige udgifter uden behandling
setting-aftercare-days = Døgn i efterforløb
setting-aftercare-where = Hvor efterforløbet er
setting-aftercare-kind = Hvad servicemålet for efterforløb handler om
setting-aftercare-held_up = Største andel, der ikke finder en ledig plads i efterforløb
setting-aftercare-wait_days = Længste acceptable ventetid på efterforløb
setting-aftercare-wait_probability = Andel, der må vente længere på efterforløb
setting-aftercare-occupancy = Højeste belægning af en plads i efterforløb
setting-aftercare-house_dkk_per_year = Fast udgift til et sted med efterforløb
setting-aftercare-bed_dkk_per_year = Fast udgift til en plads i efterforløb
setting-aftercare-occupied_day_dkk = Udgift pr. døgn i efterforløb
setting-aftercare-person_day_dkk = Udgift pr. persondøgn i efterforløb
setting-aftercare-day_rate_dkk = Takst pr. døgn i efterforløb
setting-aftercare-building_dkk_per_bed = Anlægsudgift pr. plads i efterforløb
setting-aftercare-with_partner = Andel af kvinderne med partner i efterforløb
setting-aftercare-with_children = Andel af kvinderne med andre børn i efterforløb
setting-aftercare-children = Andre børn i en familie, der har dem med
setting-aftercare-bed_sizes = Personer på pladserne i efterforløb
value-unit = på enheden
value-shared_house = i et fælles hus nær en neonatalafdeling
value-nearest_ambulatory = det nærmeste familieambulatorium
value-home = i hjemmet
setting-promise-kind = Hvad servicemålet handler om
setting-network-regions = Regionerne
setting-network-ambulatories = Ambulatorierne
setting-privacy-smallest_count = Mindste antal, der vises
setting-part = { $name }, { $part }
part-minutes = minutter
part-share = andel af kvinderne
part-stays = døgnophold om året
value-everybody = alle tager imod
value-all = alle, der visiteres til en enhed
value-admitted = dem, der finder en ledig plads
value-on = gælder
value-off = gælder ikke
value-loss = at møde optagne pladser
value-wait = at vente for længe
value-occupancy = pladsernes belastning
value-children_0_5_2026 = børn på 0-5 år, 2026
value-age_20_34_2026 = indbyggere på 20-34 år, 2026
value-pop_2025 = alle indbyggere, 2025
value-pop_2026 = alle indbyggere, 2026
value-region_code = de fem regioner til og med 2026
value-region_2027_code = de fire regioner fra 2027
value-health_council_2027 = de 17 sundhedsråd fra 2027

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
years-of = { $count ->
    [one] ét år
   *[other] { $value } år
  }
column = kolonnen { $value }

## Alternativer
absent = Hvorfor ikke der
absent-hours = { $place }: en enhed dér overholder reglerne, men er ikke bedst. Den bedste plan med en ({ $units }) kræver { $behind } flere rejsetimer om året (besøg { $visits }, ture til ambulatoriet { $trips }{ $courses ->
    [none] {""}
   *[other] , ambulante forløb { $courses }
  }): { $minutes } minutter i gennemsnit, { $count ->
    [one] { $beds } plads
   *[other] { $beds } pladser
  }, { $cost } mio. kr. om året med anlæg.
absent-costs = { $place }: en enhed dér overholder reglerne, men er ikke bedst. Den bedste plan med en ({ $units }) ligger { $behind } efter: { $minutes } minutter i gennemsnit, { $count ->
    [one] { $beds } plads
   *[other] { $beds } pladser
  }, { $cost } mio. kr. om året med anlæg.
absent-broken = { $place }: intet valg af enheder med en dér overholder alle regler. Føjes { $added } til denne plan, brydes: { $rules }.
alternatives = Alternativer
alternatives-text = De bedste andre valg af enheder, hvert sammenlignet med planen.
behind = Dårligere end planen
against = Sammenlignet med planen
against-plan = Planen selv.
story-with = med { $names }
story-without = uden { $names }
story-figures = { $minutes } minutter i gennemsnit, { $hours } rejsetimer om året (besøg { $visits }, ture til ambulatoriet { $trips }{ $courses ->
    [none] {""}
   *[other] , ambulante forløb { $courses }
  }), { $count ->
    [one] { $beds } plads
   *[other] { $beds } pladser
  }, { $cost } mio. kr. om året med anlæg
story-nearest = Ingen får længere til enheden end med planen, og alligevel er det ikke bedst: turene mellem enhed og ambulatorium tager { $trips } timer mere om året, besøgene kun { $visits } færre.
story-price = { $price } i pris for brudte regler, i målets enhed
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
tie-plan = Planen
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
beds-needed = Pladser, planens enheder behøver der
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
stress-aftercare = Den, der ikke finder en ledig plads i efterforløb, beholder sin plads på enheden, som så er optaget længere: begge formler regner med det.
held-formula = Formlen: ingen ledig plads
held-days = Døgn beholdt på enheden, gennemsnit af alle
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
goal-travel = færrest rejsetimer om året (familiernes besøg og turene mellem enhed og ambulatorium lagt sammen)
goal-travel-courses = færrest rejsetimer om året (familiernes besøg, turene mellem enhed og ambulatorium og rejserne til ambulante forløb lagt sammen)
goal-worst = den korteste længste rejse
goal-worst_off = den korteste rejsetid for de dårligst stillede
goal-fair = den mest ligeligt fordelte rejsetid
goal-reached = flest kvinder et tilbud, de tager imod
goal-public_cost = de laveste offentlige udgifter
goal-cost = de laveste årlige udgifter
promise-loss = højst { $share } møder en enhed, hvor alle pladser er optaget
promise-wait = højst { $share } venter længere end { $days } dage
promise-occupancy = en belastning på højst { $share } af pladserne
travel-modelled = modelberegnede (uden kø; de afviger omkring 6 % på kendte ruter), og en beslutning bør bygge på jeres egne
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
annex-care = Af regionens kvinder er { $residential } om året på en enhed, { $outpatient } i et ambulant forløb, og { $unreached } nås af ingen af delene.
annex-after = Efterforløb ved { $place }: { $beds } til { $women } kvinder om året; { $held } finder ingen ledig plads og beholder den, de har på enheden.
annex-holds = { $unit }: { $beds } til et behov på { $stays } døgnophold om året, en belægning på { $occupancy }; { $away } møder optagne pladser.
annex-travels = Rejsetiden er i gennemsnit { $mean } minutter hver vej og højst { $longest }; 80 % af kvinderne bor inden for { $most } minutter.
annex-access = { $share } bor inden for { $minutes } minutter.
annex-stays = { $unit }: { $stays } døgnophold om året{ $asked ->
    [none] .
   *[other] , hvor aktiv praksis er forstået som mindst { $asked }.
  }
annex-admitted = { $unit }: { $stays } påbegyndte døgnophold om året{ $asked ->
    [none] .
   *[other] , hvor aktiv praksis er forstået som mindst { $asked }.
  }
annex-balance = { $unit }: indtægter på { $income } mio. kr. om året mod driftsudgifter på { $cost } mio. kr., et resultat på { $result } mio. kr. om året.
annex-building = { $unit }: anlæg for { $building } mio. kr. én gang, svarende til { $yearly } mio. kr. om året i { $years } år.
annex-startup = { $unit }: { $startup } mio. kr. tabes, før enheden hviler i sig selv, hvis pladserne fyldes over { $years } år.
annex-after-money = Efterforløb ved { $place }: { $cost } mio. kr. om året i drift, anlæg for { $building } mio. kr. én gang; { $startup } mio. kr. tabes, indtil pladserne er fyldt.
annex-share = Efter brug er regionens andel af anlæg { $building } mio. kr. én gang og af tabet, mens pladserne fyldes, { $startup } mio. kr.
annex-pays = { $model }: regionens kommuner betaler { $mean } mio. kr. i et gennemsnitligt år og { $high } mio. kr. i et dårligt.
annex-prices = Priserne hviler på: { $sources }; de erstattes af regionens egne regnskaber. Hvem der betaler, afgør regionen selv.
annex-years = Dokumenterne regner med et til tre år, før pladserne er fyldt (Answer-2025).
annex-to-one = Regionens kommuner: minutter hver vej til { $unit }
annex-municipalities = Regionens kommuner: minutter hver vej, og den enhed, de bruger

## Planlægningsbordet
table-kicker = Planlægningsbordet
table-lead = Klik på et sted, eller sæt hak ved det på listen, for at åbne eller lukke en enhed; alt regnes ud med det samme, her på siden. Intet sendes nogen steder hen.
table-noscript = Siden regner selv planer ud og skal bruge JavaScript, som er slået fra her. Åbn filen i en browser som Chromium, Edge eller Firefox.
table-exact = Regnet ud her på siden efter samme regler og formler som biblioteket; kommandoerne ovenfor giver de samme tal.
table-report = Rapporten om denne sag
table-of-case = Planlægningsbordet: flyt selv enhederne
table-bar = Hvad der kan gøres
table-undo = Fortryd
table-redo = Gentag
table-goal = Søg efter
table-goal-travel = mindst rejsetid for familierne
table-goal-worst = kortest længste rejse
table-goal-worst_off = kortest rejse for dem, der rejser længst
table-goal-fair = mest ligeligt fordelt rejsetid
table-goal-cost = lavest udgift om året
table-goal-reached = flest kvinder nået
table-goal-public_cost = laveste offentlige udgifter
table-best = Bedste enheder
table-keep-best = Behold disse, find resten
table-next = Næstbedste
table-stop = Stop
table-searching = Hvor langt søgningen er
table-progress = { $valued } af { $sets } valg af placeringer
table-set-b = Behold som plan B
table-swap-b = Byt med plan B
table-clear-b = Fjern plan B
table-now = Denne plan
table-none-open = Ingen enhed er åben: åbn en på kortet eller på listen.
table-kept = { $open }. Alle regler er overholdt.
table-broken = { $open }. { $count ->
    [one] Én regel er ikke overholdt.
   *[other] { $count } regler er ikke overholdt.
  }
table-broken-head = Regler, der ikke er overholdt
table-broken-at = { $where }: { $amount } { $unit }
table-broken-whole = { $amount } { $unit }
table-longest = minutters rejse højst, hver vej
table-within = af kvinderne inden for { $minutes } minutter
table-hours = timers rejse for familierne om året
table-cost = mio. kr. om året, med anlæg
table-result = mio. kr. om året, indtægt minus driftsudgift
table-b-was = plan B: { $value } ({ $change })
table-beside-b = { $change } minutter fra plan B
table-known-given = Enhederne er valgt i hånden; om andre er bedre, er der ikke spurgt om.
table-known-best = Alle { $sets } valg af placeringer, som reglerne tillader, er regnet igennem eller udelukket: intet er bedre (søgt: { $goal }).
table-known-next = Det næste i rækken: af alle { $sets } valg af placeringer er kun de allerede viste bedre (søgt: { $goal }).
table-known-stopped = Stoppet efter { $valued } af { $sets } valg af placeringer: det bedste hidtil, et andet kan være bedre.
table-known-none = Stoppet efter { $valued } af { $sets } valg af placeringer: ingen af dem overholder alle regler; et andet kan gøre det.
table-known-infeasible = Intet af de { $sets } valg af placeringer overholder alle regler. Se hvilke regler der står i vejen, eller løsn en forudsætning.
table-known-infeasible-kept = Intet valg af placeringer med disse enheder overholder alle regler ({ $sets } er gennemgået). Luk en af dem, eller løsn en forudsætning.
table-known-last = Der er ikke flere valg af placeringer, som overholder alle regler ({ $sets } er gennemgået).
table-map = Kort: hvert sted er en knap, der åbner eller lukker det; + og - ændrer pladserne; piletasterne går fra område til område
table-colours = Farverne viser
table-colours-minutes = minutter til enheden
table-colours-unit = hvilken enhed de bruger
table-colours-region = regionen
table-colours-change = ændringen fra plan B
table-larger = Omkring { $name }, forstørret
table-hint = Peg på et sted, eller gå til det med Tab og piletasterne, for at læse, hvad det er. Enter åbner og lukker, + og − ændrer pladserne.
table-nowhere = { $name }: ingen enhed, de må bruge
table-list = Steder
table-list-hint = Tomme felter følger servicemålet.
table-clear-all = Luk alle
table-beds-at = Pladser i { $name }
table-beds-hint = Tom eller 0: de færreste pladser, der overholder servicemålet
table-fewer = Én plads færre i { $name }
table-more = Én plads mere i { $name }
table-given-beds = * Pladser sat i hånden; de andre er de færreste, der overholder servicemålet. Med rødt: flere afvises end lovet.
table-change = Ændring fra B
table-place = Kommune
table-minutes = Minutter, hver vej
table-places = Alle kommuner: deres enhed og minutterne dertil
table-figures = I dokumenternes tal
table-figures-said = { $kept ->
    [0] Ved ingen af de { $all } tal er alle regler overholdt.
   *[other] Ved { $kept } af de { $all } tal er alle regler overholdt.
  }
table-figures-text = De samme enheder ved hvert tal; pladser, der følger servicemålet, følger det også dér.
table-stands = Disse enheder
table-holds = alle regler er overholdt
table-beds-there = Pladser dér
table-against = Sammenlignet med plan B
table-measure = Mål
table-this = Denne plan
table-b = Plan B
table-rules-broken = regler, der ikke er overholdt
table-opened = Åbnet siden plan B: { $units }.
table-closed = Lukket siden plan B: { $units }.
table-resized = Pladser: { $units }.
table-moved = { $nearer ->
    [0] Ingen kommune har kortere vej
    [one] Én kommune har kortere vej
   *[other] { $nearer } kommuner har kortere vej
  }, { $farther ->
    [0] ingen har længere
    [one] én har længere
   *[other] { $farther } har længere
  }.
table-set-apart = Forudsætninger, der er forskellige: { $settings }.
table-settings = Forudsætninger
table-settings-text = Hver med det spænd, der ses på, og sin kilde. Det, du ændrer, er mærket; ↺ sætter det tilbage.
table-reset = Sæt tilbage: { $name }
table-reset-all = Sæt alle tilbage
table-range = { $low } til { $high }
table-group-women = Kvinderne og deres ophold
table-group-beds = Pladser
table-group-rules = Regler
table-group-travel = Rejser
table-part-share = andel
table-part-minutes = minutter
table-part-stays = døgnophold om året
table-part-probability = sandsynlighed
table-part-dkk = kr.
table-part-fewest = færrest
table-part-most = flest
table-choice-loss = få møder optagne pladser
table-choice-wait = få venter for længe
table-choice-occupancy = pladserne er ikke for fyldte
table-choice-all = alle ophold
table-choice-admitted = påbegyndte ophold
table-read-only = Det, siden ikke kan ændre
table-read-only-text = Disse kræver biblioteket: ændr dem med kommandoen, eller lav bordet igen.
table-only-prices = Regler, der må brydes mod en pris
table-only-scenarios = Flere tal på én gang
table-why = Hvorfor
table-command = Kommando
table-why-assignment = hvem der bruger hvilken enhed, skulle så søges
table-why-prices = en brudt regel med en pris kræver en model
table-why-doubt = pladser til et usikkert behov regnes ud af biblioteket
table-why-split = kvinderne fordeles på kommuner af biblioteket
table-why-travel = rejsetider læses fra filer
table-why-network = steder læses fra filer
table-why-scenarios = flere tal på én gang kræver en model
table-why-privacy = små antal tælles sammen, før de når en side
table-why-objective = det afgør, hvad der er bedst, ikke hvad en plan giver
table-why-aftercare = siden regner med den, som den er
table-after-beds = pladser i efterforløb
table-why-newer = siden kender det ikke
table-why-still = siden viser én plan
table-share = Gem og del
table-share-text = Sidens adresse rummer planen: send filen og adressen, eller gem planen som en lille fil, og åbn den på en andens bord med samme sag.
table-save = Gem som fil
table-load = Åbn en fil
table-print = Udskriv på A4
table-address = Adresse
table-copy = Kopiér
table-copied = Kopieret (eller markeret: tryk Ctrl+C).
table-command-evaluate = De samme tal fra biblioteket:
table-command-plan = De bedste enheder under disse forudsætninger:
table-command-report = Hele rapporten under disse forudsætninger:
table-not-state = Det er ikke en plan fra et planlægningsbord: intet er ændret.
table-other-case = Planen hører til en anden sag ({ $theirs }; dette bord er af { $ours }): intet er ændret.
table-differs = { $what }: { $there } dér, { $here } her
table-differs-tables = Forudsætningerne er de samme; tabellerne er forskellige: kvinder, rejsetider eller steder.
table-misfit = Planen passer ikke til sagen ({ $what }): intet er ændret.
table-cannot = Det kan ikke regnes ud: { $why }
table-must-fixed = bordet kan ikke ændre det
table-must-setting = sådan en indstilling findes ikke
table-must-rule = sådan en regel findes ikke
table-must-most = højst { $most }: så langt er det oplyst, hvad pladser kan bære
table-must-one-of = et af { $choices }
table-must-number = et endeligt tal
table-must-not-negative = ikke negativt
table-must-above-zero = over nul
table-must-share = en andel over 0, højst 1
table-must-below-one = under en
table-must-whole = et helt tal, mindst en
table-must-at-least-one = mindst en
table-must-up-to = over 0, højst { $high }
table-must-part = reglen er slået til og har en værdi { $part }
table-must-no-part = reglen har sådan en værdi
table-must-table = true, false eller en tabel
table-must-known = bordet kender reglen
table-must-between = mellem { $low } og { $high }
table-must-at-least = et tal, mindst { $low }
table-must-chance = mindst 0, under 1
table-must-ids = en liste med id'er
table-must-id = hvert id er et af sagens
table-must-pair = to hele tal [færrest, flest], flest mindst 1
table-must-ambulatories = sagen har ambulatorier
table-must-wards = sagen har neonatalafdelinger
table-must-sizes = hvert sted tillader mindst én af sagens størrelser
table-must-site = id'et er et af sagens steder
table-must-beds = pladser er et helt tal fra 1 til { $most }, eller 0: servicemålet bestemmer
table-must-as-library = biblioteket regner denne sag ud på en anden måde: { $value }
table-refused = { $what }: { $value } (krav: { $rule })
table-still = Biblioteket har regnet planen ud, og siden viser den, som den er; enhederne kan ikke flyttes her: { $why } Andre enheder og indstillinger prøves med kommandoerne nedenfor.
table-still-scenarios = der planlægges for flere tal på én gang.
table-still-prices = regler må brydes mod en pris ({ $value }).
table-still-rules = siden kender ikke disse regler: { $value }.
table-still-parts = siden kender ikke dette i sagen: { $value }.
table-still-assignment = hvem der bruger hvilken enhed, skulle søges på ny.
table-not-begun = Siden kunne ikke komme i gang. Brug en browser fra de sidste to år eller bibliotekets kommandoer.

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

## Planer ved siden af hinanden
beside-title = Planer ved siden af hinanden
beside-text = Minutter er hver vej. Hvem der vinder og taber, er regnet mod den første: { $first }.
beside-visits = Besøg mellem hjem og enhed, timer om året
beside-trips = Ture mellem enhed og ambulatorium, timer om året
beside-courses = Ambulante forløb, rejsetimer om året
beside-aftercare = Pladser til efterforløb
beside-running = Driftsudgift i alt, mio. kr. om året
beside-income = Indtægt i alt, en regning til kommunerne, mio. kr. om året
beside-building = Anlæg i alt, mio. kr. én gang
beside-story = Mod den første plan får { $nearer } kvinder om året i { $near_count ->
    [one] én kommune
   *[other] { $near } kommuner
  } kortere til deres enhed, og { $farther } i { $far } får længere.
beside-units = Pladser i hver enhed
beside-inputs = Hvor planerne er lavet forskelligt
beside-moved = Hvem vinder, og hvem taber
beside-moved-text = Minutter til enheden under { $first }, og ændringen under hver af de andre planer: − er kortere, + er længere. Kommuner, hvor intet ændrer sig, er udeladt.
beside-nobody = Ingen får kortere eller længere.
beside-place = Kommune

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
rule-neonatal = En enhed ligger højst det angivne antal minutter fra den neonatalafdeling, som efterforløbet er nær.
    .name = Nær en neonatalafdeling
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

## En sag til politisk behandling
document-proposal = Indstilling
document-open = Det indstilles, at der åbnes { $count ->
    [one] én enhed
   *[other] { $count } enheder
  } med { $beds ->
    [one] én plads
   *[other] { $total } pladser i alt
  }: { $units }.
document-draft = Dette er et udkast, som en beregning har dannet: det afgør intet. Tallene står, som de er regnet ud; hvad de hviler på, står under Usikkerhed og i rapporten.
document-summary = Resumé
document-money = Driften koster { $cost } mio. kr. om året ({ $running }) mod { $income } mio. kr. om året i indtægter til enhederne ({ $rate }), som er en regning til kommunerne; anlæg koster { $building } mio. kr. én gang ({ $price }), svarende til { $yearly } mio. kr. om året ({ $annuity }).
money-aftercare = Heraf koster efterforløb { $cost } mio. kr. om året og { $building } mio. kr. i anlæg.
money-courses = Heraf koster ambulante forløb { $cost } mio. kr. om året.
document-prices = Beløbene hviler på priser med disse kilder: { $sources }.
document-uncertain = Usikkerhed
document-agreement = Aftale med familieambulatoriet
document-hearing = Høring
document-time = Tidsplan
document-fill = Udfyldes af sekretariatet.

## Resuméet på én side
summary-kicker = Resumé på én side
summary-money = Det koster planen
summary-known = Bevist, og hvad ingen ved
summary-more = { $count ->
    [one] Ét sted mere er omtalt i rapporten.
   *[other] { $count } steder mere er omtalt i rapporten.
  }

## Tabeller som filer
column-site = Placering (id)
column-sites = Placeringer (id)
column-name = Navn
column-region = Region (kode)
column-income = Enhedens indtægt, en regning til kommunerne, kr. om året
column-cost = Driftsudgift, kr. om året
column-waiting = Må vente, hvis alle ventede på en plads
column-cost-building = Drift og anlæg (som årlig ydelse), kr. om året
sheet-units = Enheder
sheet-regions = Regioner
sheet-equity = Lighed
sheet-assignment = Hvem bruger hvad
sheet-split = Fordeling
sheet-aftercare = Efterforløb
sheet-families = Familier
sheet-who_pays = Hvem betaler
sheet-alternatives = Alternativer
sheet-order = Rækkefølge
sheet-scenarios = Tal
sheet-assumptions = Forudsætninger
column-building = Anlæg, kr. én gang
column-startup = Tab i opstarten, kr. én gang
column-ward = Afdeling (placeringens id)
column-late = Venter for længe på efterforløb
column-dkk-per-year = Udgift til døgnene, kr. om året
column-ambulatory = Ambulatorium (id)
column-within = Andel inden for de ønskede minutter
column-payer = Betaler (id)
column-pays-mean = Betaler i et gennemsnitligt år, kr.
column-pays-low = I et godt år, kr.
column-pays-high = I et dårligt år, kr.
column-loss = Sandsynlighed for tab
column-point = Kommune (kode)
column-share = Andel
column-minutes = Minutter, hver vej
column-status = Status
column-fewest-beds-woman = Færrest pladser pr. kvinde i nogen region
column-rank = Nummer
column-objective = Målfunktionens værdi, i dens egen enhed
column-objective-low = Målfunktionens værdi ved den lave værdi
column-objective-high = Målfunktionens værdi ved den høje værdi
column-behind = Dårligere end den bedste, andel
column-story = Mod den bedste plan
column-label = Hvad det siger
column-planned-for = Planlagt for
column-low = Lav
column-high = Høj
column-from = Fra
column-to = Til
column-what = Hvad der tælles
column-setting = Indstilling
column-choices = Andre valg
column-largest-change = Største ændring
column-units-change = Enhederne skifter
column-where = Hvor de skifter
column-kind = Slags betaler
column-units-alone = Planens enheder (id)
column-letter = Plan
column-broken = Regler, der brydes
column-regret = Fortrydelse
column-result-dkk = Indtægt minus udgift, kr. om året
column-dkk = Mio. kr. om året
column-sites-low = Placeringer ved den lave værdi (id)
column-sites-high = Placeringer ved den høje værdi (id)
column-swing = Målfunktionens udsving
column-beds-from = Pladser ved begyndelsen
column-stopped-by = Det hindrer en enhed mere
column-total-beds = Pladser i alt
column-knee = Knæk
column-rate = Kr. pr. døgn
column-state = Staten, mio. kr. om året
column-municipalities = Kommunerne, mio. kr. om året
column-bad = Kommunerne i et dårligt år, mio. kr.
column-operators = Driftsherrerne, mio. kr. om året
column-operators-bad = Driftsherrerne i et dårligt år, mio. kr.
column-likely-loss = Hyppigste tab, % af årene
column-player = Region
column-alone = Alene, mio. kr. om året
column-use = Efter brug
column-use-by-unit = Efter brug af hver enhed
column-level = Niveau
column-id = Id
column-measure = Mål
column-formula = Efter formlen
column-hours = Rejsetimer om året
column-minutes-saved = Sparede minutter
column-beds-more = Flere pladser
column-cost-more = Øget udgift, kr. om året
column-hour-saved = Kr. for en sparet time
column-pays = Færre rejsetimer
column-regions = Regioner
column-beds-shared = Pladser, delt
column-beds-apart = Pladser, hver for sig
column-saved = Sparede pladser
column-gap = Over den korteste, minutter
column-nothing = Intet i nærheden, andel
column-residential = Kvinder i døgnbehandling om året
column-outpatient = Kvinder i ambulant forløb om året
column-unreached = Kvinder, der ikke nås, om året

## I hvilken rækkefølge
order = I hvilken rækkefølge
order-text = Hvad der åbnes først, og hvad man skal have set før det næste.
order-rolled = Rækkefølge: { $units }. Ingen plads i en åben enhed nedlægges.
order-year = År
order-when = Når
order-then = Så
order-chance = Chance
order-unit = Enhed
order-beds = Pladser
order-new = Heraf nye
order-women = Kvinder om året
order-building = Byggeri, mio. kr.
order-running = Drift, mio. kr. om året
