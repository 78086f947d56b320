# Sentences the library says in English elsewhere, and texts of the built-in case. A sentence that fits a
# message here is said by the message of the same name in another language; $variables stand for anything.

label-women = { $women } women a year
case-name = Denmark: residential treatment for pregnant women and their families

# certificates (capacity.engines.solve, capacity.studies)
certificate-none-better = All { $sets } sets of sites were valued; none is better.
certificate-one = Only one set of sites may be opened; it was valued.
certificate-cut = { $valued } of { $sets } sets of sites were valued before the run was cut short.
certificate-scenarios = All { $sets } sets of sites were valued in { $scenarios } scenarios; none is better.
certificate-risk = All { $sets } sets of sites were valued in { $scenarios } scenarios; none has a lower { $risk }.
certificate-risk-one = All { $sets } sets of sites were valued; none has a lower { $risk }.
certificate-model-risk = { $solver } proved that no plan has a lower { $risk }.
certificate-exact = { $solver } proved that no plan is better; { $sets } sets of sites were compared.
risk-worst = worst case
risk-regret = largest regret
risk-cvar = conditional value at risk
certificate-keep = All { $sets } sets of sites were valued; { $kept } keep the rules.
certificate-levels = All { $sets } sets of sites were valued at every level.
certificate-given = The units were given, not searched for: the plan tells what they come to.
certificate-given-split = The units were given, not searched for; who goes where is the best there is for them.
certificate-given-some = The units were given, not searched for; who goes where is the best that keeps the rules they can keep.
certificate-wished = One unit was asked for; the others were searched for.
certificate-model = { $solver } proved that no plan is better.
certificate-model-cut = { $solver } was cut short; the bound is proven.
certificate-next = The model proved that no set of sites not named before it is better.
certificate-order = The model proved the { $count } best sets of sites, in order; every set within the tolerance is among them.
certificate-order-cut = The model proved the { $count } best sets of sites, in order; further sets may lie within the tolerance, and open sites named as never.

# verdicts (capacity.studies.verdict, capacity.studies.robustness)
verdict-right = Open { $sites } now: right (best, or within 2 %) in { $right } of { $all } scenarios; { $leans }.
verdict-right-solvable = Open { $sites } now: right (best, or within 2 %) in { $right } of { $all } scenarios, and { $also } of the { $solvable } in which any plan keeps the rules; { $leans }.
leans-some = changes with { $few } of { $count } assumptions: { $which }
leans-more = changes with { $few } of { $count } assumptions: { $which }; and { $more } more
leans-none = changes with none of { $count } assumptions
leans-untried = the assumptions were not tried
leans-other = as the assumptions stand other units are best
verdict-without = No plan keeps the rules { $where } ({ $few } of { $all } scenarios); in the way: { $rules }.
verdict-without-plain = No plan keeps the rules { $where } ({ $few } of { $all } scenarios).
where-below = below { $high } women a year
where-below-gap = below { $high } and from { $low } to { $end } women a year
where-gap = from { $low } to { $end } women a year
verdict-none = In { $few } of { $all } scenarios ({ $women } women a year) no plan keeps the rules; in the way: { $rules }.
verdict-none-plain = In { $few } of { $all } scenarios ({ $women } women a year) no plan keeps the rules.
from-to = { $low } to { $high }
verdict-next-never = Up to { $women } women a year the best number of units is at most { $units }.
verdict-next-above = Up to { $women } women a year the best number of units is at most { $units }; just above that { $more }.
verdict-next-nowhere = The best number of units is at most { $units } in every scenario (up to { $women } women a year).
verdict-next-from = The best number of units is above { $units } only in scenarios from { $women } women a year.
verdict-no-site = No site is in the best plan of all { $count } scenarios that have one; in some: { $sites }.
verdict-no-site-tried = No site is in the best plan of all { $count } scenarios that have one and at every assumption tried; in some: { $sites }.
verdict-everywhere = In the best plan of { $who }: { $sites }.
verdict-everywhere-some = In the best plan of { $who }: { $sites }; in some also { $others }.
who-each = each of the { $count } scenarios that have one
who-one = the one scenario that has one
who-each-tried = each of the { $count } scenarios that have one and at every assumption tried
who-one-tried = the one scenario that has one and at every assumption tried
verdict-closed = With { $site } closed for a quarter, { $lost } of that quarter's { $asked } women find no bed ({ $before } when all are open); its { $stay } women in stay meet { $free } free beds elsewhere.
verdict-closed-far = With { $site } closed for a quarter, { $lost } of that quarter's { $asked } women find no bed ({ $before } when all are open), { $nowhere } of them with no other unit in reach; its { $stay } women in stay meet { $free } free beds elsewhere.
note-over = With { $among } scenarios at once: { $rest }
note-equal = The scenarios count equally: nobody has said how likely each is.
note-undefined = No one plan keeps the rules with several scenarios at once: EVPI and VSS are not defined.
note-asked = EVPI and VSS need a solve a scenario here: `capacity.information` works them out.
note-worth = Knowing the scenario before building (EVPI) is worth { $evpi } { $unit }; planning for all scenarios rather than their mean (VSS) { $vss }.
note-worth-beds = Knowing the scenario before building (EVPI) is worth { $evpi } { $unit }; planning for all scenarios rather than their mean (VSS) { $vss }; the plan for the mean demand has { $beds } beds too few.
note-worth-none = Knowing the scenario before building (EVPI) is worth { $evpi } { $unit }; a plan for the mean alone is no plan: { $broken }.
broken-none = no plan keeps the rules at the mean demand
broken-late = no plan for the mean demand was found within the limit
broken-rule = the units that are best for the mean demand break a rule in the scenarios

unit-travel = hours a year
unit-minutes = minutes
unit-cost = DKK a year
unit-reached = women a year

# notices (capacity.reading)
notice-scenarios-out = Left out, as more than demand changes in them: { $names }.
notice-must-hold = None of the scenarios is marked must_hold: the promise has to hold in all of them.
notice-left-out = { $name } ({ $site }) is left out of the plan: it has no { $lacks }. Add them to { $table } and { $source } to consider it.
lacks-both = coordinates and no travel times in { $file }
lacks-place = coordinates
lacks-times = travel times in { $file }
notice-made-changed = { $name } is no longer the table that { $record } speaks of: it was changed since it was made.
notice-made-unread = { $record } cannot be read: what { $name } was made from is not known.
notice-sheet = Of { $name } the sheet { $sheet } was read. Another is named behind a #: { $name2 }#SHEET ({ $more }).
notice-encoding = { $name } is not UTF-8; it was read as Windows-1252. Check that æ, ø and å look right.
notice-semicolon = { $name } is separated by semicolons; a comma in a number was read as the decimal mark.
notice-tabs = { $name } is separated by tabs.
notice-bars = { $name } is separated by bars.
notice-utf16 = { $name } is UTF-16 without a mark that says so. Check that it reads right.
notice-spaces = { $name } holds odd spaces, line breaks or letters in two parts (first on row { $row }); they were read as they are printed.
notice-shapes = { $count } shapes of { $name } are no polygons with coordinates; they were passed over.
notice-as-text = { $column } of { $name } is kept as text: coordinates are read of the columns lon and lat.
notice-book-beside = { $name } is an Excel workbook, and was read; { $other } beside it was not. If that is meant, name it in case.toml (a sheet is saved as CSV UTF-8).
notice-as-numbers = { $one } and { $two } of { $name } are kept as numbers: coordinates are read of the columns lon and lat, in degrees.
notice-hidden-sheet = { $name } is a hidden sheet; it was read as well.
notice-hidden-rows = { $name } has hidden rows or columns, as a filter leaves ({ $list }); they were read.
notice-transit-quick = By { $name } public transport is as quick as the car on { $count } of { $ways } ways. Are the tables swapped, or one table? ({ $source } holds the car's minutes.)
notice-places-apart = { $name } and { $source } are far apart: { $point } to { $site } takes { $minutes } minutes on average over its places, and { $own }. Are they of the same roads?
notice-range-end = ranges.{ $key }: { $key2 } cannot be { $value } ({ $rule }).
notice-pathways = pathways.{ $one } = { $high } is a tenfold or more of pathways.{ $two } = { $low }. Check their unit.
notice-unreached = No demand point reaches { $name } ({ $site }): has { $source } lost rows?
notice-lone-nodes = { $count } nodes of { $nodes } have no link in { $name } ({ $listed }).
notice-links-twice = { $name } gives { $count } links twice, with other minutes ({ $listed }): the quicker one counts, in both directions.
notice-like-km = No way in { $name } is faster than { $speed } km/h in a straight line, as in a table of km. If it holds km, write travel.unit = "km".
notice-own-range = { $key } = { $value } lies outside its own range in [ranges], { $low } to { $high }.
notice-tenfold = { $key } = { $value } is a tenfold or more away from the built-in case's { $usual }. Check its unit.
notice-like-hours = { $key } = { $value } beside a longest way of { $longest } minutes: it looks like hours.
notice-like-seconds = { $key } = { $value } beside a longest way of { $longest } minutes: it looks like seconds.
notice-km = { $name } holds km: every limit and figure called minutes means km here.
notice-missing = { $count } demand points or years have no row in { $name }: they were read as zero.
notice-together = { $together } of { $points } demand points are counted together, so that nothing shown can give a count below { $limit } away; a demand point or year without a row in { $name } is read as zero. privacy.smallest_count = 0 takes each count by itself.
notice-more-beds = { $name } ({ $site }) has { $beds } beds today, more than its largest size, { $largest }.
notice-floor = A rule asks for { $beds } beds in { $name } ({ $site }), whose largest size is { $largest }: it can have no unit.
notice-no-floor = rules.{ $rule } asks for no beds anywhere: no site has any today (existing_beds).
notice-idle-price = prices.{ $price } says nothing: rules.{ $rule } is off.
notice-kept-barred = rules.{ $rule } asks for a unit in { $listed }, rules.{ $other } for none: no plan keeps both.
notice-kept-many = rules.{ $rule } asks for { $count } units, rules.{ $other } for at most { $most }: no plan keeps both.
notice-twice = { $key } names { $listed } twice: is another one meant?
notice-with-sites = network.regions_without_sites names { $listed }, where there are sites.
notice-drawn = { $count } scenarios drawn around { $women } women a year: level cv { $cv } %, split kept (assumptions; seed { $seed }). The promise must hold in the { $hold } % of them with fewest women. Correlation between regions: { $related }.
no-source = no source given: treat it as an assumption

# sources of the built-in case (case.toml, SOURCES.md)
source-women = agency-2024: the agency's overall assessment, 80 to 100 (Request-2024); other documents say 6 to 200
source-undetected = assumption: women who need a stay for each one the figure counts; nobody knows how many are undetected ("skyggetal")
source-relative-risk = assumption: equal need among children of that age; or a column of municipalities.csv the weight is multiplied by
source-weight = assumption: need follows children aged 0-5 (Statistics Denmark FRKM126); no municipal prevalence is known
source-stay = assumption: through pregnancy, with time after birth; the documents give no days
source-turned-away = assumption: at most 5 % find every bed taken (loss)
source-wait-days = assumption: a wait longer than a week is too long (wait)
source-wait-probability = assumption: at most 5 % wait longer than that (wait)
source-occupancy = assumption: the 85 % rule of thumb (occupancy)
source-kind = assumption: share who find every bed taken (loss); others: who wait too long (wait), load per bed (occupancy)
source-visits = assumption: one family visit a week, home to unit and back
source-trips = Answer-2025, case 1: about weekly visits to the family ambulatory
source-smallest = assumption: fewer beds make no unit
source-largest = assumption: more than the whole country needs
source-near-ambulatory = assumption: in or beside the regional family ambulatories (Answer-2025 4.1), read as 30 minutes' drive
source-units = assumption: from one national unit to one in each region and one more
source-region-access = assumption: "reasonable distance" (Request-2024), read as 80 % of each region's women within 90 minutes
source-nearest = assumption: families use the nearest unit
source-volume = assumption: "active practice" (Request-2024) gives no number; 8 stays a year
source-income = assumption: the day rate must cover the yearly running cost of each unit
source-unit-cost = assumption, to be replaced by your own accounts: a unit's fixed cost (round-the-clock cover)
source-bed-cost = assumption, to be replaced by your own accounts: a bed's fixed cost
source-day-cost = assumption, to be replaced by your own accounts: cost of a day a bed is in use
source-day-rate = assumption, to be replaced by your own accounts: what a municipality pays for a day
source-paid-counts = assumption: who finds a bed free pays (admitted), or whoever is sent to a unit (all)
source-grant = assumption: no state grant (both the municipalities and Danish Regions wish for one)
source-building = Loans-2025: 63.3 M for 32 beds in the three loans of its table (1.53 to 2.46 M a bed); its status text has 19 places for the first, and calls it postponed
source-ambulatories = Request-2024 speaks of five regional family ambulatories and names no sites: which they are is our reading (sites.csv)
source-set = set for this run
source-equal = assumption: { $count } equally likely scenarios, as nobody has said how likely each is: { $names }
source-planned = the planner's probabilities of { $count } scenarios: { $names }
source-of-scenario = { $source } (scenario { $scenario })
source-counts = your own counts: columns code, year, residential, any_treatment; blended with the weight by what they carry
source-interest = assumption: a year
source-years = assumption: over which building is paid
source-filling-years = Answer-2025 4.1.2: 1 to 3 years until the beds are filled (assumption: evenly)
source-demand-cv = assumption: the mean is known; 0.25 = it may be a quarter off, and beds keep the promise even so
source-worst-ties = assumption: of plans with the same longest way the one with fewer beds; "ways" = first that with the shorter next longest way, and so on
source-worst_off = assumption: share of women, those who travel longest, in the objective "worst_off"
source-neonatal = Answer-2025 annex 3: housing after the stay near a neonatal ward; minutes from unit to ward (column neonatal of sites.csv)
source-after-days = off: no second stage; else its days. Danish Regions want housing after the residential course (Answer-2025, annex 3) and give none
source-after-where = annex 3: near a neonatal ward: beds at the unit; or "shared_house" at the nearest ward (column neonatal of sites.csv)
source-after-kind = assumption: as the unit's promise
source-after-held = assumption: share who find no bed of aftercare free, and keep the unit's
source-after-wait = days, of a promise of waiting
source-after-chance = share who wait longer for aftercare
source-after-occupancy = usual planning figure, for comparison
source-after-house = assumption: what a place of aftercare costs a year, whoever comes
source-after-bed = assumption: a bed of aftercare a year
source-after-day = assumption: a day such a bed is in use
source-after-person = assumption: a day a person lives there
source-after-rate = assumption: what a municipality pays for a day of aftercare
source-after-building = assumption: building a bed of aftercare, once
source-after-partner = assumption: share of women whose partner lives along; the documents give none
source-after-children = assumption: share whose other children live along
source-after-count = assumption: other children of a family that brings them
source-after-sizes = persons that kinds of bed hold, such as [2, 3, 5]; none: every bed holds every family
source-course-price = off: no outpatient course; else DKK of one. The documents want one for whom a unit does not reach (Talk-2023, Answer-2025) and give no price
source-course-visits = assumption: two visits a week of an outpatient course
source-course-weeks = assumption: as long as a stay
source-course-beyond = minutes to her unit beyond which a woman is offered a course; 90 = an hour and a half
source-course-declines = assumption: who declines a place by the uptake curve takes a course
source-course-where = Talk-2023: at the nearest family ambulatory; "home" = without travel
source-course-effect = share of what a stay saves of the public cost that a course saves too, from 0 to 1; nobody has measured it
source-course-residential = DKK, pregnancy to the child's 11th year, 2021 prices: Talk-2023 compares pathways in a chart without printed values, so any value is an assumption
source-course-outpatient = the same after an outpatient course
source-course-none = the same without treatment
source-fair = assumption: aversion to unequal travel in the objective "fair"
source-regions = the five regions until 2026; those of 2027 and the health councils are tried under [choices]
source-region-unit = Request-2024 asks for one solution in each region; on: a unit in every region
source-region-gap = minutes by which the mean way of a region may exceed that of another; 30 = half an hour
source-own-region = on: women are served in their own region only
source-one-agreement = on: a municipality has an agreement with one unit only

# named scenarios of the built-in case (scenarios.csv)
scenario-referred-2017 = Referred to residential treatment 2017
scenario-referred-2018 = Referred to residential treatment 2018
scenario-referred-2019 = Referred to residential treatment 2019
scenario-treated-2017 = Any treatment 2017
scenario-treated-2018 = Any treatment 2018
scenario-treated-2019 = Any treatment 2019
scenario-ambulatories = Estimate of the family ambulatories
scenario-cowi = Survey of the five ambulatories
scenario-during = Treated during the stay 2020
scenario-before = Treated before the stay 2020
scenario-drug = Residential drug treatment 2020
scenario-family = Family stays 2020
scenario-regions = Estimate of the regions
scenario-agency = The agency's overall assessment
scenario-regions-2027 = Four regions from 2027
scenario-short = Stays of four months
scenario-alcohol = High alcohol use in pregnancy

# documents of the named scenarios
document-table = Answer-2025 table { $number }
document-referred-twice = Answer-2025 table 1 (Request-2024 has 6 for 2016-17); Midt-2020 4.3 says 3-8
document-referred = Answer-2025 table 1; Midt-2020 4.3 says 3-8
document-request = Request-2024
document-reform = Answer-2025 4.2
document-assumed = assumption

# attribution
attribution-dst = Statistics Denmark (CC BY 4.0)
attribution-geonames = GeoNames (CC BY 4.0)
attribution-natural-earth = Natural Earth (public domain)

# what scenarios count, and what rules are exceeded by
source-scenario-what = { $document }: scenario { $id }, { $what }
source-scenario = { $document }: scenario { $id }
source-equally = assumption: { $count } equally likely scenarios, as nobody has said how likely each is: { $names }
source-reach = minutes no family may exceed; {"{"}minutes = 120, exceptions = ["0400"]{"}"} spares Bornholm
source-uptake = assumption: everybody accepts a place; nobody has measured how distance lowers that (Answer-2025 4.1). Else pairs of minutes and share, [[30, 1.0], [90, 0.7]], or a file with these columns
what-referred = referred to residential treatment by municipalities
what-treated = referred to any treatment, residential or outpatient
what-ambulatories = cannot be held in outpatient care, estimate of the family ambulatories: 10 to 15, planned with their middle
what-cowi = need residential treatment, survey of the five ambulatories: 19 to 51, planned with their middle
what-during = of the 83 family stays, those in substance treatment during the stay (19 %)
what-before = of the 83 family stays, those in substance treatment before the stay (36 %)
what-drug = pregnant women referred to residential drug treatment
what-family = family placement in pregnancy or the first year, of 1,460 registered pregnant women with substance use
what-regions = estimate of the regions, December 2023 (80 in 2022)
what-agency = the agency's overall assessment
what-alcohol = women a year with high alcohol use in pregnancy (4,799 children born in 23 years)
what-reform = Region Hovedstaden and Region Sjælland are one region, Østdanmark
what-short = women stay 120 instead of 180 days
excess-served = women a year not served
excess-open = women a year sent to a closed site
excess-size = beds outside the allowed sizes
excess-promise = stays a year beyond what the beds carry
excess-units = units too few or too many
excess-minutes = minutes beyond the limit
excess-region-unit = units missing
excess-neonatal = minutes from the ward beyond the limit
excess-gap = minutes above the gap
excess-access = women a year too far away
excess-own-region = share of a demand point served elsewhere
excess-reach = minutes beyond the limit, by the share of a demand point
excess-nearest = share of a demand point sent past a nearer unit
excess-agreements = agreements too many
excess-volume = stays a year too few
excess-income = DKK a year short
excess-build = DKK over the budget
excess-run = DKK a year over the budget
excess-keep = units closed that should stay
excess-forbid = excluded sites opened
excess-floor = beds too few
source-build-budget = DKK, once
source-run-budget = DKK a year
source-keep = sites that must be units, such as ["R_BETHESDA"]
source-forbid = sites that must not
source-size-floor = true = at least today's beds (column existing_beds); {"{"}R_BETHESDA = 6{"}"} = as stated

# watch and decide (capacity.studies.adapting, capacity.cli.adapt)
adapt-first = First: open { $units } beds.
adapt-first-none = First: open nothing yet. Nobody is counted where no unit is open, so that waiting teaches nothing.
adapt-value = Expected cost { $value } M DKK, of { $years } years and { $tail } years after them: { $fixed } if nothing is learnt on the way, { $once } if all is opened at once, { $knowing } if the level were known from the start, { $nothing } without any unit.
adapt-watching = Watching is worth { $gain } M DKK; what then remains to be known is worth { $left } M DKK.
adapt-replanned = Planned anew every year, but blind to what may still be learnt: { $value } M DKK.
adapt-regret = Whichever figure is right, the plan costs at most { $worst } M DKK more than knowing it from the start would (most: { $figure }).
adapt-bound = No plan that watches and decides costs less than { $bound } M DKK: this one could be bettered by at most { $open } %.
adapt-left-out = First steps that were left out: { $count } sets of units; none of them can be better than that.
adapt-list = One list has to be kept at every open unit from the first day: all women who ask, those who find no bed too. Who counts only the admitted cannot tell few from many.
adapt-end-none = In the end no unit with { $beds } beds: { $chance } in 100.
adapt-end-one = In the end 1 unit with { $beds } beds: { $chance } in 100.
adapt-end-more = In the end { $units } units with { $beds } beds: { $chance } in 100.
adapt-pilots = First { $unit } alone, and the best that may follow: { $more } M DKK more.
adapt-waits = Opening nothing in the first year: { $more } M DKK more.
adapt-believed = Believed before anybody has asked: { $mean } women a year, { $low } to { $high } in nine cases of ten, from { $figures } figures of { $sources } sources.
adapt-price-assumed = A woman without a place counts { $price } M DKK (an assumption: nobody has measured it); this decides the first step.
adapt-price-asked = A woman without a place counts { $price } M DKK (as asked); this decides the first step.
adapt-uptake = Who asks, by minutes to the nearest open unit: { $curve } (an assumption: nobody has measured it).
adapt-filling-assumed = In the year a unit opens, { $share } % of a year's women ask (an assumption).
adapt-filling-asked = In the year a unit opens, { $share } % of a year's women ask (as asked).
adapt-annuity = Beds are paid by an annuity while the years last.
adapt-built = Beds are paid when they are built.
adapt-undetected = Who does not ask counts { $times } times in the money; what is learnt is the women who ask alone.
adapt-asked-mean = Asked of the mean of what is believed when a unit opens: { $rules }.
adapt-asked-chance = Asked to hold in { $chance } cases of 100 by what is believed when a unit opens: { $rules }.
adapt-exempt = The first units are exempt: before anybody has asked, nothing is known of them.
adapt-short = In the end a unit falls short of { $rule } in { $chance } cases of 100.
adapt-rules = Rules of the case that this plan was not asked to keep: { $rules }.
adapt-played = Played through chance: { $cost } M DKK (give or take { $error }), { $women } women without a place and { $hours } hours of travel in the years, { $beds } beds in { $units } units in the end.
adapt-played-figure = Played through chance ({ $figure }): { $cost } M DKK (give or take { $error }), { $women } women without a place and { $hours } hours of travel in the years, { $beds } beds in { $units } units in the end.
adapt-least-regret = No plan, nor any chance between plans, has a worst regret below { $bound } M DKK; one of those found has { $single } M DKK.
adapt-switch = From { $low } to { $high } M DKK a woman the first step opens { $what } beds.
adapt-switch-none = From { $low } to { $high } M DKK a woman the first step opens nothing.
adapt-with = { $units } with { $beds }
adapt-title = What to do, once so many women have asked
adapt-at-once = at once
adapt-open-now = open { $units } beds
adapt-nothing-yet = open nothing yet
adapt-more = { $low } or more
adapt-whatever = whatever number has asked
adapt-nobody = nobody has asked
adapt-one = 1 has asked
adapt-most = at most { $high } have asked
adapt-asked = { $many } have asked
adapt-state = with { $units } beds: { $asked }
adapt-stay = stay at { $beds } beds
adapt-grow = add beds: { $beds } beds in all
adapt-open = open { $sites }: { $beds } beds in all
notice-as-made = { $file } is as travel.json has it: SHA-256 { $hash }.
notice-two-agreements = Each municipality has one agreement for families with a car and one for those without.
certificate-chains = All { $sets } sets of sites of { $years } years were valued; of their chains, over { $steps } steps, each was valued or proven to be no better.
certificate-chains-one = All { $sets } sets of sites of 1 year were valued; of their chains, over { $steps } steps, each was valued or proven to be no better.
certificate-joined = { $solver } proved of a model of { $years } years that no order is better; { $count } of those it named were valued exactly.
certificate-joined-one = { $solver } proved of a model of 1 year that no order is better; { $count } of those it named were valued exactly.
roll-outside = { $when } { $women } women a year are at no unit.
