### The report and the map in English. $numbers arrive as text in the language's form; $count chooses the plural.

## The map
map-title = { $count ->
    [one] One unit
   *[other] { $count } units
  }, { $beds ->
    [one] one bed
   *[other] { $beds } beds
  }
map-subtitle = { $mean } minutes on average, { $longest } at most
map-against = { $first ->
    [one] One unit
   *[other] { $first } units
  } against { $second }
map-minutes = Minutes to the unit, one way
map-change = Change in minutes, one way
map-below = below { $high }
map-between = { $low } to { $high }
map-above = { $low } or more
map-nearer = { $minutes } or more minutes nearer
map-little-nearer = nearer
map-same = as before
map-little-farther = farther
map-farther = { $minutes } or more minutes farther
map-unit = Unit, with its beds
map-ambulatory = Family ambulatory
map-site = Candidate site, not used
map-gone = Unit of the other plan only
point-without-car = { $name } (without a car)
map-transit = Families without a car
map-flow = Who uses which unit
map-cells = Areas: the land nearest to each demand point, not administrative borders.
map-areas = Areas as given by the planner.
map-modelled = Travel times are modelled.
map-given = Travel times as given.
map-data = Data: { $sources }.
map-to = { $name }: { $minutes } minutes to { $unit }
map-nobody = { $name }: nobody needs a stay
map-all-course = { $name }: nobody at a unit, on an outpatient course
map-all-unreached = { $name }: reached by nobody
map-course = Outpatient course only
map-unreached = Reached by nobody
map-moved = { $name }: { $minutes } minutes
map-beds = { $name }: { $beds ->
    [one] one bed
   *[other] { $beds } beds
  }, { $stays } stays needed a year
map-closed = { $name }: not used
map-closed-ambulatory = { $name }: family ambulatory without a unit
map-flows = { $count ->
    [one] One municipality uses
   *[other] { $count } municipalities use
  } { $unit }
map-close = { $name }, enlarged
map-border = Border of a region
map-inset = { $name } (moved)

## The page
title = Residential treatment: a plan
kicker = Planning report
made = Worked out { $when } with capacity { $version }
skip-map = Skip the map
to-top = Back to the top
contents = Contents
answer = The answer
answer-open = Open { $count ->
    [one] one unit
   *[other] { $count } units
  } with { $beds ->
    [one] one bed
   *[other] { $total } beds in all
  }: { $units }.
unit-beds = { $name } ({ $beds ->
    [one] one bed
   *[other] { $beds } beds
  })
answer-proven = No other choice of units that keeps the rules needs fewer hours of travel a year, families' visits and trips to the ambulatory together ({ $hours } hours); this is proven.
answer-proven-courses = No other choice of units that keeps the rules needs fewer hours of travel a year, families' visits, trips to the ambulatory and ways to outpatient courses together ({ $hours } hours); this is proven.
answer-proven-worst = No other choice of units that keeps the rules gives a shorter longest journey; this is proven.
answer-proven-worst_off = No other choice of units that keeps the rules gives the worst-off a shorter journey; this is proven.
answer-proven-fair = No other choice of units that keeps the rules shares travel more fairly; this is proven.
answer-proven-reached = No other choice of units that keeps the rules reaches more women; this is proven.
answer-proven-public_cost = No other choice of units that keeps the rules costs the public less; this is proven.
answer-proven-cost = No other choice of units that keeps the rules costs less a year; this is proven.
answer-unproven = It is the best plan found; another could be at most { $gap } better.
answer-given = These units were given, not searched for; they keep the rules. How much better another choice could be is not asked.
answer-given-broken = These units were given, not searched for. Rules they do not keep: { $rules }.
answer-unknown = It is the best plan found; how much better another could be is not known.
answer-travel = Families travel { $mean } minutes one way on average and { $longest } at most: { $visits } hours a year of visits between home and unit. Trips between a unit and its ambulatory take a further { $trips } hours.
answer-courses = Families on an outpatient course travel a further { $hours } hours.
answer-aftercare = { $beds ->
    [one] One further bed is
   *[other] A further { $total } beds are
  } for aftercare.
answer-by-transit = Families with a car travel { $car } minutes one way on average. The { $women } women a year without one travel { $transit } by public transport, the wait included.
key-units = units
key-beds = beds
key-units-of = { $count ->
    [one] unit
   *[other] units
  }
key-beds-of = { $count ->
    [one] bed
   *[other] beds
  }
key-beds-aftercare = { $beds }, and { $after } of aftercare
key-mean = minutes on average, one way
key-travel = { key-mean } ({ $source })
key-modelled = modelled
key-given = as given
key-running = M DKK a year to run ({ $source })
key-building = M DKK to build, once ({ $source })
key-women = women a year assumed
key-within = of women within { $minutes } minutes ({ $source })

map = Map
plan-itself = The plan
show = Show
show-hint = The map and the three tables below follow.
show-group-alternatives = Alternatives
show-group-scenarios = The documents' figures
view-scenario = { $name }: { $women } women a year
hover-hint = Point at the map, or move through it with Tab, to read each place here.
units = Units
regions = Regions
money = Money
money-text = Income is compared with the running cost; building stands beside it. Your own accounts should take the place of these prices.
money-admitted = Only stays that are admitted are counted: who finds every bed taken goes elsewhere and pays nobody.
care-women = { $residential } women a year are at a unit, { $outpatient } on an outpatient course, and { $unreached } are reached by neither.
care-cost = The courses cost { $cost } M DKK a year.
care-unmeasured = What a course does beside a stay nobody has measured: its effect and the cost of the pathways are assumptions.
evenness = How evenly the regions are treated
evenness-text = The worst-off are the { $share } of women who travel longest: their mean journey is shown. A region lies above the shortest by what its women travel on average beyond those of the region that travels least; of the country that is the gap. Gap and Gini are least where everybody travels far: read them beside the mean. Beds a woman are those within { $minutes } minutes, near ones counted more, shared with all who can reach them (E2SFCA); women times beds a woman sum to the beds, so their spread says something and their mean does not.
worst-off = Worst-off, minutes
above-shortest = Above the shortest, minutes
gini = Gini
beds-woman = Beds a woman
nothing-near = Nothing near
gap-regions = Gap between the regions, minutes
fewest-beds-woman = Beds a woman, where fewest
aftercare = Aftercare
aftercare-text = After { $days } days at the unit a second stage of { $after } days has beds of its own: { $beds } in all, { $women } women a year and { $persons } persons there on average. { $held } find no bed free and keep the one they have at the unit.
aftercare-cost = It costs { $cost } M DKK a year to run and { $building } M to build, beside what the units cost.
aftercare-filling = Until its beds are filled it loses { $lost } M DKK, at the day rate of aftercare.
aftercare-unmeasured = Days, prices and who lives along are assumptions: the documents give none.
aftercare-place = Where
aftercare-units = Of the units
aftercare-holds = Persons a bed holds
held-up = No bed free
persons = Persons there
aftercare-running = Cost a year, M DKK
ward-minutes = Minutes to the ward
families = Families in aftercare
family-alone = Mother and child
family-partner = with partner
family-children = with other children
family-both = with partner and other children
family-kind = Family
family-persons = Persons
family-share = Share of the women
family-beds = Beds in use, those kept at the unit included
family-days = Cost of the days, M DKK a year
payers = A financing model
payers-text = What is to be paid is { $cost } M DKK in a year of average demand; building ({ $building } M a year) and what is lost while the beds fill ({ $startup } M once) stand beside it. Each amount is the mean, and beside it that of a bad year, which one year in twenty exceeds ({ $years } years were simulated). An operator pays what its income leaves; below nothing it keeps a surplus.
payers-courses = Outpatient courses are { $dkk } M DKK of it a year: each is paid for by the municipality whose woman is on it, or by the state where the state pays in full.
payers-aftercare = Running aftercare is { $dkk } M DKK of it a year: its days are paid for as those at a unit are, at a rate of their own.
pays-model = Way of paying
pays-rate = DKK a day
pays-state = State, M DKK
pays-municipalities = Municipalities, M DKK
pays-operators = Operators, M DKK
pays-bad = In a bad year
payment-day_rate = Day rate
payment-balancing_day_rate = Day rate that balances
payment-subscription = Subscription
payment-two_parts = Two parts: standing and days
payment-state_grant = State grant and day rate
payment-state_in_full = State in full
payment-source-day_rate = Request-2024; the rate is the case's own assumption
payment-source-balancing_day_rate = assumption: one rate for all units
payment-source-subscription = assumption: by the column that splits need
payment-source-two_parts = assumption: what stands by that column, days by use
payment-source-state_grant = assumption: 6 M DKK a unit; state financing is wished for in Answer-2025
payment-source-state_in_full = Answer-2025 4.1 and annex 3
others-text = Every alternative above and every figure of the documents that has a plan, whole: map, units, regions and money.
others = Other plans, whole

by-scenario = In each scenario
by-scenario-text = The plan was made for several figures at once: the beds are as built, and who goes where is as assigned.
probability = Probability
must-hold = Must hold
promise-kept = Promise kept
served = Served
yes = yes
no = no
left-out-rows = { $study }: the first { $shown } of { $all } are shown.
unit = Unit
beds = Beds
stays = Stays needed a year
admitted = Stays admitted a year
occupancy = Occupancy
turned-away = Turned away
waiting = Wait too long
to-ambulatory = Minutes to ambulatory
region = Region
women = Women a year
mean = Mean minutes
minutes-80 = 80 % within, minutes
column-minutes-90 = 90 % within, minutes
longest = Longest, minutes
share-within = Within { $minutes } minutes
residential-women = At a unit
outpatient-women = On an outpatient course
unreached-women = Reached by neither
income = Income of the unit, a bill to the municipalities, M DKK a year
cost = Running cost, M DKK a year
result = Income less cost, M DKK
building = Building, M DKK once
startup = Lost while it fills, M DKK once
total = All
country = Whole country

## What the plan leans on
leans = What the plan leans on
leans-text = Each assumption, and each setting with a range or other values: as it stands, what was tried while all else stays, and what becomes of the plan. What changes the units with the smallest move stands first.
tried = Tried
leans-what = What becomes of the plan
leans-stands = { $name }: { $value }
leans-unknown = not tried: no range or other value is given
leans-same = The same units; { $what }.
leans-nothing = The same units, beds, yearly cost and travel.
turn-from = { $what } from { $value }
turn-below = { $what } below { $value }
turn-at = { $what } ({ $value })
turn-instead = { $more } instead of { $fewer }
turn-more = { $more } as well
turn-fewer = no unit in { $fewer }
turn-none = no plan keeps the rules
turn-unknown = no plan found in time
turn-unproven = { $said } (found, not proven)
turn-back = the same units
span-beds = { $low } to { $high } beds
span-dkk_per_year = { $low } to { $high } M DKK a year with building
span-mean_minutes = { $low } to { $high } minutes on average
span-longest_minutes = { $low } to { $high } minutes at most
span-hours_per_year = { $low } to { $high } hours of travel a year (visits and trips to the ambulatory)
span-hours_per_year-courses = { $low } to { $high } hours of travel a year (visits, trips to the ambulatory and outpatient courses)
span-women_within = { $low } to { $high } women a year within reach
sure = How sure
sure-right = The units are right (best, or within 2 %) in { $right } of { $count } scenarios; in the others another choice is better, or no plan keeps the rules.
deciding = What decides it
sure-leans = Other units are best, or no plan keeps the rules, at other values of { $few } of { $count } assumptions.
sure-leans-none = The same units are best at every value tried of { $count } assumptions.
setting = Setting
value = Value
matters = What each assumption does
source = Source
assumption = assumption
range-of = { $low } to { $high }

setting-demand-women_per_year = Women who need a stay
setting-demand-weight = Split over municipalities by
setting-demand-undetected = Undetected women, a multiple
setting-demand-relative_risk = Relative risk
setting-demand-counts = Your own counts
setting-travel-without_car = Families without a car
setting-travel-transit = Minutes of families without a car
setting-travel-uptake = Who accept a place, by one-way travel
value-counts = { $women } women; { $share } of the split from these
counts-all = all who are sent to a unit
counts-admitted = those who find a bed free
value-uptake = { $share } at { $minutes } minutes
setting-stay-mean_days = Mean stay
setting-promise-turned_away = Greatest share that may be turned away
setting-promise-demand_cv = Doubt about the level of demand (coefficient of variation)
setting-promise-wait_days = Longest acceptable wait
setting-promise-wait_probability = Share who may wait longer
setting-promise-occupancy = Highest load of a bed
setting-travel-unit = What tables of travel hold
setting-travel-source = Travel times
setting-travel-minutes_error = Error of travel times, minutes
setting-travel-visits_per_week = Family visits
setting-travel-ambulatory_trips_per_week = Trips to the ambulatory
setting-sizes-smallest = Smallest unit
setting-sizes-largest = Largest unit
setting-objective-fair_aversion = How much unequal travel counts (objective fair)
setting-finance-unit_dkk_per_year = Fixed cost of a unit
setting-finance-bed_dkk_per_year = Fixed cost of a bed
setting-finance-occupied_day_dkk = Cost of an occupied day
setting-finance-day_rate_dkk = Day rate
setting-finance-grant_dkk_per_year = Grant to a unit
setting-finance-building_dkk_per_bed = Building cost of a bed
setting-finance-interest = Interest
setting-finance-years = Years over which building is paid
setting-finance-filling_years = Years until the beds are filled
setting-objective-worst_exceptions = Demand points whose ways the longest way leaves out
setting-objective-worst_ties = What decides between plans with the same longest way
setting-objective-worst_off_share = Share of women who are the worst-off
setting-finance-counts = Whose stays money counts
setting-outpatient-dkk_per_course = Price of an outpatient course
setting-outpatient-visits_per_week = Visits a week of an outpatient course
setting-outpatient-weeks = Weeks of an outpatient course
setting-outpatient-beyond_minutes = Way beyond which an outpatient course is offered
setting-outpatient-declines = Whether those who decline a place take an outpatient course
setting-outpatient-where = Where an outpatient course is held
setting-outpatient-effect = Effect of an outpatient course beside a stay
setting-pathways-residential = Public cost of the pathway after a stay
setting-pathways-outpatient = Public cost of the pathway after an outpatient course
setting-pathways-none = Public cost of the pathway without treatment
setting-aftercare-days = Days of aftercare
setting-aftercare-where = Where aftercare is
setting-aftercare-kind = What is promised of aftercare
setting-aftercare-held_up = Greatest share who find no bed of aftercare free
setting-aftercare-wait_days = Longest acceptable wait for aftercare
setting-aftercare-wait_probability = Share who may wait longer for aftercare
setting-aftercare-occupancy = Highest load of a bed of aftercare
setting-aftercare-house_dkk_per_year = Fixed cost of a place of aftercare
setting-aftercare-bed_dkk_per_year = Fixed cost of a bed of aftercare
setting-aftercare-occupied_day_dkk = Cost of an occupied day of aftercare
setting-aftercare-person_day_dkk = Cost of a person's day in aftercare
setting-aftercare-day_rate_dkk = Day rate of aftercare
setting-aftercare-building_dkk_per_bed = Building cost of a bed of aftercare
setting-aftercare-with_partner = Share of women with their partner in aftercare
setting-aftercare-with_children = Share of women with other children in aftercare
setting-aftercare-children = Other children of a family that brings them
setting-aftercare-bed_sizes = Persons the beds of aftercare hold
value-unit = at the unit
value-shared_house = in a shared house near a neonatal ward
value-nearest_ambulatory = the nearest family ambulatory
value-home = at home
setting-promise-kind = What the promise is about
setting-network-regions = The regions
setting-network-ambulatories = The ambulatories
setting-privacy-smallest_count = Smallest count that is shown
setting-part = { $name }, { $part }
part-minutes = minutes
part-share = share of the women
part-stays = stays a year
value-everybody = everybody accepts
value-all = all who are sent to a unit
value-admitted = those who find a bed free
value-on = on
value-off = off
value-loss = finding every bed taken
value-wait = waiting too long
value-occupancy = the load of the beds
value-children_0_5_2026 = children aged 0-5, 2026
value-age_20_34_2026 = inhabitants aged 20-34, 2026
value-pop_2025 = all inhabitants, 2025
value-pop_2026 = all inhabitants, 2026
value-region_code = the five regions until 2026
value-region_2027_code = the four regions from 2027
value-health_council_2027 = the 17 health councils from 2027

women-per-year = { $value } women a year
days = { $count ->
    [one] one day
   *[other] { $value } days
  }
stays-per-year = { $value } stays a year
beds-of = { $count ->
    [one] one bed
   *[other] { $value } beds
  }
minutes-of = { $count ->
    [one] one minute
   *[other] { $value } minutes
  }
per-week = { $value } a week
dkk = { $value } DKK
dkk-per-year = { $value } DKK a year
years-of = { $count ->
    [one] one year
   *[other] { $value } years
  }
column = the column { $value }

## Alternatives
absent = Why not there
absent-hours = { $place }: a unit there keeps the rules but is not best. The best plan with one ({ $units }) takes { $behind } more hours of travel a year (visits { $visits }, trips to the ambulatory { $trips }{ $courses ->
    [none] {""}
   *[other] , outpatient courses { $courses }
  }): { $minutes } minutes on average, { $count ->
    [one] { $beds } bed
   *[other] { $beds } beds
  }, { $cost } M DKK a year with building.
absent-costs = { $place }: a unit there keeps the rules but is not best. The best plan with one ({ $units }) lies { $behind } behind: { $minutes } minutes on average, { $count ->
    [one] { $beds } bed
   *[other] { $beds } beds
  }, { $cost } M DKK a year with building.
absent-broken = { $place }: no choice of units with one there keeps all the rules. Added to this plan, { $added } breaks: { $rules }.
alternatives = Alternatives
alternatives-text = The best different sets of units, each compared with the plan.
behind = Behind
against = Compared with the best
against-plan = The plan itself.
story-with = with { $names }
story-without = without { $names }
story-figures = { $minutes } minutes on average, { $hours } hours of travel a year (visits { $visits }, trips to the ambulatory { $trips }{ $courses ->
    [none] {""}
   *[other] , outpatient courses { $courses }
  }), { $count ->
    [one] { $beds } bed
   *[other] { $beds } beds
  }, { $cost } M DKK a year with building
story-nearest = Nobody is farther from the unit than with the plan, and yet it is not best: trips between unit and ambulatory take { $trips } hours a year more, the visits only { $visits } fewer.
story-price = { $price } in prices of broken rules, in the unit of what is least
story-farther = { $count ->
    [0] nobody farther
    [one] one municipality farther ({ $which })
   *[other] { $count } municipalities farther ({ $which })
  }
story-nearer = { $count ->
    [0] nobody nearer
    [one] one municipality nearer ({ $which })
   *[other] { $count } municipalities nearer ({ $which })
  }
core = In every plan within { $within } of the best: { $names }.
optional = In some of them: { $names }.
ties = Near ties, within the stated error of the travel times
tie-plan = The plan
tie-order = { $first } and { $second } lie { $apart } apart: the stated error of the travel times ({ $minutes } minutes or { $percent }) could turn their order round
tie-unit = { $point }: { $first } { $near } or { $second } { $far } minutes
ties-more = { $count ->
    [one] and one more
   *[other] and { $count } more
  }

## The ladder
ladder = How many women?
ladder-text = The documents disagree on how many women need a stay. With families at their nearest unit every set of sites was valued at every level of demand; between the ends shown the best set does not change. What stops the next unit is named beside each step.
ladder-chart = The best number of units at each level of demand, with the documents' figures marked
ladder-axis = women a year
ladder-here = the plan: { $women }
ladder-none = no plan keeps the rules
ladder-step = { $low } to { $high } women a year: { $what }
units-of = { $count ->
    [one] one unit
   *[other] { $count } units
  }
from = From
to = To women a year
stopped = What stops the next unit

## Scenarios
robustness = Does the plan hold for other figures?
robustness-text = The plan's units in each figure the documents give, beds worked out anew, against the best units for that figure.
scenario = Figure
document = Document
status = The plan's units
behind-best = Behind the best
best-there = Best units there
status-best = the best
status-nearly = nearly the best
status-behind = behind
status-no-plan-keeps-the-rules = no plan keeps the rules
status-these-units-break-a-rule = these units break a rule
beds-needed = Beds the plan's units need there
away-as-built = Turned away with the beds as built
flexible = Beds that open and close with need (Answer-2025 4.1.2) would save { $low } to { $high } M DKK a year in these figures.
closures = One unit fewer
closures-text = Each unit in turn is closed for a quarter of a year; its women go to the nearest other unit, and the beds stay as built.
closed = Closed
closed-referrals = Women referred to it
closed-no-bed = Women of all without a bed
closed-open = The same with all open
closed-minutes = More minutes for those sent on
closed-inside = Women in its beds
closed-free = Free beds elsewhere
as-the-plan = as the plan

## Stress
stress = Does the promise hold in simulated years?
stress-text = Referrals at random, stays at random, full units: { $years } years were simulated in { $runs } runs (seed { $seed }). { $overflow ->
    [yes] A woman whose unit is full may be placed at the next.
   *[no] Nobody is sent to another unit.
  } The intervals are 95 %. Beside them stands what the formulas promise of each unit by itself.
stress-aftercare = Who finds no bed of aftercare free keeps the one she has at the unit, which is then taken longer: both formulas count that.
held-formula = Formula: no bed free
held-days = Days kept at the unit, mean of all
opening = The first years
opening-text = Where referrals grow evenly from none to all, and every bed is empty at the opening: means over the runs.
year = Year
stress-unit = Unit or region
stress-away = Turned away
stress-elsewhere = Placed at another unit
stress-occupancy = Occupancy
stress-formula = Formula: turned away
interval = { $value } ({ $low } to { $high })

## Method
method = Method and limits
method-text = Candidate sites become units with a whole number of beds. The plan is the one with { $goal } that keeps every rule listed below; it was checked again from its tables alone. { $certificate } Beds follow the service promise by Erlang's formulas: { $promise }. Travel times are { $travel }. Money is compared with assumptions, to be replaced by your own accounts. { $women }
goal-travel = the fewest hours of travel a year (families' visits and trips between unit and ambulatory together)
goal-travel-courses = the fewest hours of travel a year (families' visits, trips between unit and ambulatory and ways to outpatient courses together)
goal-worst = the shortest longest journey
goal-worst_off = the shortest journey of the worst-off
goal-fair = the most fairly shared travel
goal-reached = most women reached
goal-public_cost = the lowest public cost
goal-cost = the lowest yearly cost
promise-loss = at most { $share } find every bed taken
promise-wait = at most { $share } wait longer than { $days } days
promise-occupancy = a load of at most { $share } of the beds
travel-modelled = modelled (free flow; they differ by about 6 % on known routes), and a decision deserves your own
travel-given = as given
women-split = The women of a municipality are a modelled split of a national figure, not counts.
women-counted = The women are split over municipalities by a weight and your own counts; groups with a part that counted fewer than { $limit } are counted together, so that nothing here can give a small count away.
limits = The plan cannot know how many women go undetected or decline a place far from home, how long a stay will last, or next year's number: were the mean exactly { $mean }, single years would still range from about { $low } to { $high }.
documents = Short names such as Request-2024 are those of the case's list of sources.
rules = Rules that are on
rule = Rule
sentence = Sentence
notices = Notes
left-out = Not in this report
left-out-split = { $study }: not worked out, because the rules do not send everybody to the nearest unit.
left-out-sets = { $study }: not worked out, because there are { $sets } sets of sites; run the study by itself.
left-out-scenarios = { $study }: the case gives no named figures (scenarios.csv).
left-out-error = { $study }: not possible for this problem.
left-out-views = { $study }: { $count ->
    [one] one plan
   *[other] { $count } plans
  } more, to keep the page small.
left-out-levels = { $study }: not worked out here, because each level would be solved by itself; run `capacity ladder`.
left-out-asked = { $study }: not asked for.
left-out-long = { $study }: not worked out, because { $women } women a year take too long to simulate here; run `capacity stress`.

## Annex of a region
annex = Annex: { $region }
annex-text = The answer of the region in the order the agency asks (Request-2024). What a model can work out is filled in; the rest is left for the region.
annex-model = 1. Concrete model
annex-legal = Legal basis
annex-tie = Tie to existing units
annex-content = Content
annex-competences = Competences
annex-placement = Geographic placement
annex-capacity = Capacity
annex-travel = Travel
annex-viability = Viability
annex-agreement = 2. Time to a written agreement with the family ambulatory
annex-finance = 3. Financing model
annex-time = 4. Time to establishment
annex-fill = To be filled in by the region.
annex-here = In { $region }: { $units }.
annex-nothing = No unit lies in { $region }.
annex-use = Its { $women } women a year use { $units }.
annex-tied = { $unit } lies { $minutes } from its family ambulatory ({ $ambulatory }).
annex-at = { $unit } is at its family ambulatory.
annex-care = { $residential } of the region's women a year are at a unit, { $outpatient } on an outpatient course and { $unreached } reached by neither.
annex-after = Aftercare at { $place }: { $beds } for { $women } women a year; { $held } find no bed free and keep the one at the unit.
annex-holds = { $unit }: { $beds } for { $stays } stays needed a year, an occupancy of { $occupancy }; { $away } find every bed taken.
annex-travels = One way { $mean } minutes on average and { $longest } at most; 80 % of the women live within { $most } minutes.
annex-access = { $share } live within { $minutes } minutes.
annex-stays = { $unit }: { $stays } stays a year{ $asked ->
    [none] .
   *[other] , where active practice is read as at least { $asked }.
  }
annex-admitted = { $unit }: { $stays } stays admitted a year{ $asked ->
    [none] .
   *[other] , where active practice is read as at least { $asked }.
  }
annex-balance = { $unit }: income { $income } M DKK a year against a running cost of { $cost } M, a result of { $result } M DKK a year.
annex-building = { $unit }: building { $building } M DKK once, { $yearly } M a year over { $years } years.
annex-startup = { $unit }: { $startup } M DKK lost before it carries itself, if its beds fill over { $years } years.
annex-after-money = Aftercare at { $place }: { $cost } M DKK a year to run, building { $building } M DKK once; { $startup } M DKK lost until its beds are filled.
annex-share = By use, the region's share of building is { $building } M DKK once, of what is lost while the beds fill { $startup } M.
annex-pays = { $model }: the region's municipalities pay { $mean } M DKK in an average year, { $high } M in a bad one.
annex-prices = The prices rest on: { $sources }, to be replaced by the region's own accounts. Who pays is for the region to say.
annex-years = The documents expect one to three years until the beds are filled (Answer-2025).
annex-to-one = The region's municipalities: minutes one way to { $unit }
annex-municipalities = The region's municipalities: minutes one way, and the unit they use

## The planner's table
table-kicker = The planner's table
table-lead = Click a place, or tick it in the list, to open or close a unit; everything is worked out at once, in this page. Nothing is sent anywhere.
table-noscript = This page works plans out by itself and needs JavaScript, which is switched off here. Open the file in a browser such as Chromium, Edge or Firefox.
table-exact = Worked out in this page, by the same rules and formulas as the library; the commands above give the same numbers.
table-report = The report of this case
table-of-case = The planner's table: move the units yourself
table-bar = What to do
table-undo = Undo
table-redo = Redo
table-goal = Look for
table-goal-travel = least family travel
table-goal-worst = shortest longest journey
table-goal-worst_off = shortest journeys of the worst-off
table-goal-fair = most fairly shared travel
table-goal-cost = lowest yearly cost
table-goal-reached = most women reached
table-goal-public_cost = lowest public cost
table-best = Best units
table-keep-best = Keep these, find the rest
table-next = Next best
table-stop = Stop
table-searching = How far the search is
table-progress = { $valued } of { $sets } sets of sites
table-set-b = Keep as plan B
table-swap-b = Swap with plan B
table-clear-b = Drop plan B
table-now = This plan
table-none-open = No unit is open: open one on the map or in the list.
table-kept = { $open }. Every rule is kept.
table-broken = { $open }. { $count ->
    [one] One rule is not kept.
   *[other] { $count } rules are not kept.
  }
table-broken-head = Rules that are not kept
table-broken-at = { $where }: { $amount } { $unit }
table-broken-whole = { $amount } { $unit }
table-longest = minutes at most, one way
table-within = of women within { $minutes } minutes
table-hours = hours of family travel a year
table-cost = M DKK a year, with building
table-result = M DKK a year, income less running cost
table-b-was = plan B: { $value } ({ $change })
table-beside-b = { $change } minutes from plan B
table-known-given = These units were chosen by hand; whether others are better is not asked.
table-known-best = All { $sets } sets of sites that the rules leave were valued or ruled out: none is better (looked for: { $goal }).
table-known-next = The next in order: of all { $sets } sets of sites, only those shown before it are better (looked for: { $goal }).
table-known-stopped = Stopped after { $valued } of { $sets } sets of sites: the best so far, another may be better.
table-known-none = Stopped after { $valued } of { $sets } sets of sites: none of them keeps every rule; another may.
table-known-infeasible = None of the { $sets } sets of sites keeps every rule. See which rules stand in the way, or loosen a setting.
table-known-infeasible-kept = No set of sites with these units keeps every rule ({ $sets } were looked at). Close one of them, or loosen a setting.
table-known-last = There is no further set of sites that keeps every rule ({ $sets } were looked at).
table-map = Map: each place is a button that opens or closes it; + and - move its beds; arrows move between areas
table-colours = Colours show
table-colours-minutes = minutes to the unit
table-colours-unit = the unit they use
table-colours-region = the region
table-colours-change = what changes from plan B
table-larger = Around { $name }, larger
table-hint = Point at a place, or move to it with Tab and the arrows, to read what it is. Enter opens and closes, + and − move beds.
table-nowhere = { $name }: no unit they may use
table-list = Places
table-list-hint = Beds left empty follow the promise.
table-clear-all = Close all
table-beds-at = Beds at { $name }
table-beds-hint = Empty or 0: the fewest beds that keep the promise
table-fewer = One bed fewer at { $name }
table-more = One bed more at { $name }
table-given-beds = * Beds set by hand; the others are the fewest that keep the promise. In red: more are turned away than promised.
table-change = Change from B
table-place = Municipality
table-minutes = Minutes, one way
table-places = Every municipality: its unit and the minutes
table-figures = In the figures of the documents
table-figures-said = { $kept ->
    [0] In none of the { $all } figures is every rule kept.
   *[other] In { $kept } of the { $all } figures every rule is kept.
  }
table-figures-text = The same units in each figure; beds that follow the promise follow it there, too.
table-stands = These units
table-holds = every rule is kept
table-beds-there = Beds there
table-against = Against plan B
table-measure = Measure
table-this = This plan
table-b = Plan B
table-rules-broken = rules not kept
table-opened = Opened since plan B: { $units }.
table-closed = Closed since plan B: { $units }.
table-resized = Beds: { $units }.
table-moved = { $nearer ->
    [0] No municipality is nearer
    [one] One municipality is nearer
   *[other] { $nearer } municipalities are nearer
  }, { $farther ->
    [0] none is farther away
    [one] one is farther away
   *[other] { $farther } are farther away
  }.
table-set-apart = Settings that differ: { $settings }.
table-settings = Settings
table-settings-text = Each with the range that is looked at, and its source. What you change is marked; ↺ sets it back.
table-reset = Set back: { $name }
table-reset-all = Set all back
table-range = { $low } to { $high }
table-group-women = Women and their stays
table-group-beds = Beds
table-group-rules = Rules
table-group-travel = Travel
table-part-share = share
table-part-minutes = minutes
table-part-stays = stays a year
table-part-probability = probability
table-part-dkk = DKK
table-part-fewest = fewest
table-part-most = most
table-choice-loss = few find every bed taken
table-choice-wait = few wait too long
table-choice-occupancy = beds are not too full
table-choice-all = all stays
table-choice-admitted = stays that are admitted
table-read-only = What this page cannot change
table-read-only-text = These need the library: change them with the command, or make the table anew.
table-only-prices = Rules that may be broken at a price
table-only-scenarios = Several figures at once
table-why = Why
table-command = Command
table-why-assignment = who goes where would have to be searched for
table-why-prices = a broken rule with a price needs a model
table-why-doubt = beds for a demand in doubt are worked out by the library
table-why-split = women are split over municipalities by the library
table-why-travel = travel times are read from files
table-why-network = places are read from files
table-why-scenarios = several figures together need a model
table-why-privacy = small counts are counted together before they reach a page
table-why-objective = it decides what is best, not what a plan comes to
table-why-aftercare = this page works with it as it stands
table-after-beds = beds of aftercare
table-why-newer = this page does not know it
table-why-still = this page shows one plan
table-share = Keep and share
table-share-text = The address of this page holds the plan: send the file and the address, or save the plan as a small file and open it in another's table of the same case.
table-save = Save as a file
table-load = Open a file
table-print = Print on A4
table-address = Address
table-copy = Copy
table-copied = Copied (or marked: press Ctrl+C).
table-command-evaluate = The same numbers, from the library:
table-command-plan = The best units under these settings:
table-command-report = The whole report under these settings:
table-not-state = This is not a plan of a planner's table: nothing was changed.
table-other-case = This plan belongs to another case ({ $theirs }; this table is of { $ours }): nothing was changed.
table-differs = { $what }: { $there } there, { $here } here
table-differs-tables = The settings are the same; the tables differ: women, travel times or places.
table-misfit = This plan does not fit the case ({ $what }): nothing was changed.
table-cannot = This cannot be worked out: { $why }
table-must-fixed = the table cannot change it
table-must-setting = there is no such setting
table-must-rule = there is no such rule
table-must-most = at most { $most }: so far what beds carry is given
table-must-one-of = one of { $choices }
table-must-number = a finite number
table-must-not-negative = not negative
table-must-above-zero = above zero
table-must-share = a share above 0, at most 1
table-must-below-one = below one
table-must-whole = a whole number, at least one
table-must-at-least-one = at least one
table-must-up-to = above 0, at most { $high }
table-must-part = the rule is on and has a value { $part }
table-must-no-part = the rule has such a value
table-must-table = true, false or a table
table-must-known = the table knows the rule
table-must-between = between { $low } and { $high }
table-must-at-least = a number, at least { $low }
table-must-chance = at least 0, below 1
table-must-ids = a list of ids
table-must-id = each id is one of the case
table-must-pair = a pair of whole numbers [fewest, most], most at least 1
table-must-ambulatories = the case has ambulatories
table-must-wards = the case has neonatal wards
table-must-sizes = a site allows at least one of the sizes of the case
table-must-site = the id is that of a site of the case
table-must-beds = beds are a whole number from 1 to { $most }, or 0: the promise decides
table-must-as-library = the library works this case out otherwise: { $value }
table-refused = { $what }: { $value } (what is asked: { $rule })
table-still = The library worked this plan out, and the page shows it as it is; its units cannot be moved here: { $why } Other units and settings are tried with the commands below.
table-still-scenarios = several figures are planned for together.
table-still-prices = rules may be broken at a price ({ $value }).
table-still-rules = the page does not know these rules: { $value }.
table-still-parts = the page does not know this of the case: { $value }.
table-still-assignment = who goes where would have to be searched for anew.
table-not-begun = This page could not begin. Use a browser of the last two years, or the commands of the library.

## Run record
record = Run record
record-text = What is needed to work the plan out again.
record-version = Library
record-when = Worked out
record-engine = Engine
record-solver = Solver
record-certificate = Proof
record-problem = Fingerprint of the problem
record-inputs = Files read
record-whole = The whole record
data = Data: { $sources }.

## Plans side by side
beside-title = Plans side by side
beside-text = Minutes are one way. Gains and losses are told against the first: { $first }.
beside-visits = Visits between home and unit, hours a year
beside-trips = Trips between unit and ambulatory, hours a year
beside-courses = Outpatient courses, hours of travel a year
beside-aftercare = Beds of aftercare
beside-running = Running cost in all, M DKK a year
beside-income = Income in all, a bill to the municipalities, M DKK a year
beside-building = Building in all, M DKK once
beside-story = Against the first plan { $nearer } women a year in { $near_count ->
    [one] one municipality
   *[other] { $near } municipalities
  } are nearer their unit, and { $farther } in { $far } are farther.
beside-units = Beds at each unit
beside-inputs = Where the plans were made differently
beside-moved = Who gains and who loses
beside-moved-text = Minutes to the unit under { $first }, and the change under each other plan: − is nearer, + is farther. Municipalities where nothing changes are left out.
beside-nobody = Nobody is nearer or farther.
beside-place = Municipality

## Rules
rule-served = Every woman who needs a stay is offered a bed.
    .name = Everybody is served
rule-open_only = Women are sent only to sites that are opened.
    .name = Open units only
rule-one_size = A unit has exactly one of the sizes its site allows.
    .name = One size
rule-promise = A unit's beds carry its stays at the promised availability, in every scenario that must hold.
    .name = Service promise
rule-units = The number of units lies between the given bounds.
    .name = Number of units
rule-near_ambulatory = A unit lies within the given minutes of a family ambulatory.
    .name = Near an ambulatory
rule-neonatal = A unit lies within the given minutes of the neonatal ward its aftercare is near.
    .name = Near a neonatal ward
rule-region_unit = Every region has at least one unit of its own.
    .name = A unit in every region
rule-region_access = In every region at least the given share of women live within the given minutes of their unit.
    .name = Access in each region
rule-region_gap = The women of no region travel on average more than the given minutes longer than those of another.
    .name = Regions not far apart
rule-own_region = Women are served in their own region (but for listed agreements between regions).
    .name = Own region
rule-reach = No family travels longer than the limit (but for named exceptions, such as islands).
    .name = Longest journey
rule-nearest = Families use the nearest open unit they may use.
    .name = Nearest unit
rule-one_agreement = A municipality has an agreement with one unit only.
    .name = One agreement
rule-volume = A unit has at least the given number of stays a year: on average, in every scenario, or with a given probability in a Poisson year.
    .name = Active practice
rule-income = A unit's income covers its yearly cost: in expectation, in every scenario that must hold, or with a given probability in a Poisson year.
    .name = Income covers cost
rule-build_budget = Building costs stay within the budget.
    .name = Building budget
rule-run_budget = Yearly running costs stay within the budget.
    .name = Running budget
rule-keep = Existing or decided units stay.
    .name = Units that stay
rule-forbid = Excluded sites stay closed.
    .name = Excluded sites
rule-size_floor = A unit has at least its existing beds.
    .name = Existing beds

price = may be broken at { $price } each ({ $unit })
exceptions = except { $names }
when-average = on average
when-every_scenario = in every scenario
when-poisson_year = with probability { $probability } in a Poisson year
when-expected = in expectation
agreements = agreements: { $pairs }

## A paper for a board
document-proposal = Proposal
document-open = It is proposed that { $count ->
    [one] one unit
   *[other] { $count } units
  } with { $beds ->
    [one] one bed
   *[other] { $total } beds in all
  } be opened: { $units }.
document-draft = This is a draft that a calculation has made: it decides nothing. Figures stand as they were worked out; what they rest on is said under Uncertainty and in the report.
document-summary = Summary
document-money = Running costs { $cost } M DKK a year ({ $running }) against { $income } M DKK a year of income to the units ({ $rate }), which is a bill to the municipalities; building the beds costs { $building } M DKK once ({ $price }), { $yearly } M DKK a year ({ $annuity }).
money-aftercare = Of this aftercare takes { $cost } M DKK a year and { $building } M to build.
money-courses = Of this outpatient courses take { $cost } M DKK a year.
document-prices = The amounts rest on prices whose sources are: { $sources }.
document-uncertain = Uncertainty
document-agreement = Agreement with the family ambulatory
document-hearing = Hearing
document-time = Timetable
document-fill = To be filled in by the secretariat.

## The summary on one page
summary-kicker = Summary on one page
summary-money = What it costs
summary-known = What is proven, what is not known
summary-more = { $count ->
    [one] One place more is told of in the report.
   *[other] { $count } places more are told of in the report.
  }

## Tables as files
column-site = Site (id)
column-sites = Sites (ids)
column-name = Name
column-region = Region (code)
column-income = Income of the unit, a bill to the municipalities, DKK a year
column-cost = Running cost, DKK a year
column-waiting = Must wait, if all waited for a bed
column-cost-building = Cost with building (as an annuity), DKK a year
sheet-units = units
sheet-regions = regions
sheet-equity = equity
sheet-assignment = assignment
sheet-split = split
sheet-aftercare = aftercare
sheet-families = families
sheet-who_pays = who_pays
sheet-alternatives = alternatives
sheet-order = order
sheet-scenarios = scenarios
sheet-assumptions = assumptions
column-building = Building, DKK once
column-startup = Lost while it fills, DKK once
column-ward = Ward (site id)
column-late = Wait too long for aftercare
column-dkk-per-year = Cost of the days, DKK a year
column-ambulatory = Ambulatory (id)
column-within = Share within the asked minutes
column-payer = Payer (id)
column-pays-mean = Pays in an average year, DKK
column-pays-low = In a good year, DKK
column-pays-high = In a bad year, DKK
column-loss = Chance of a loss
column-point = Municipality (code)
column-share = Share
column-minutes = Minutes, one way
column-status = Status
column-fewest-beds-woman = Fewest beds a woman of any region
column-rank = Rank
column-objective = Objective, in its own unit
column-objective-low = Objective at the low value
column-objective-high = Objective at the high value
column-behind = Behind the best, share
column-story = Against the best plan
column-label = What it says
column-planned-for = Planned for
column-low = Low
column-high = High
column-from = From
column-to = To
column-what = What it counts
column-setting = Setting
column-choices = Other choices
column-largest-change = Largest change
column-units-change = The units change
column-where = Where they change
column-kind = Kind of payer
column-units-alone = Units of the plan (ids)
column-letter = Plan
column-broken = Rules broken
column-regret = Regret
column-result-dkk = Income less cost, DKK a year
column-dkk = M DKK a year
column-sites-low = Sites at the low value (ids)
column-sites-high = Sites at the high value (ids)
column-swing = Swing of the objective
column-beds-from = Beds at its beginning
column-stopped-by = What stops one unit more
column-total-beds = Beds in all
column-knee = Knee
column-rate = DKK a day
column-state = The state, M DKK a year
column-municipalities = Municipalities, M DKK a year
column-bad = Municipalities in a bad year, M DKK
column-operators = Operators, M DKK a year
column-operators-bad = Operators in a bad year, M DKK
column-likely-loss = Most likely loss, % of years
column-player = Region
column-alone = Alone, M DKK a year
column-use = By use
column-use-by-unit = By use of each unit
column-level = Level
column-id = Id
column-measure = Measure
column-formula = By the formula
column-hours = Hours of travel a year
column-minutes-saved = Minutes saved
column-beds-more = More beds
column-cost-more = More cost, DKK a year
column-hour-saved = DKK for an hour saved
column-pays = Fewer hours of travel
column-regions = Regions
column-beds-shared = Beds, shared
column-beds-apart = Beds, each apart
column-saved = Beds saved
column-gap = Above the shortest, minutes
column-nothing = Nothing near, share
column-residential = Women in residence a year
column-outpatient = Women in an outpatient course a year
column-unreached = Women not reached a year

## In which order
order = In which order
order-text = What is opened first, and what has to be seen before the next.
order-rolled = Order of opening: { $units }. No bed of an open unit is taken down.
order-year = Year
order-when = When
order-then = Then
order-chance = Chance
order-unit = Unit
order-beds = Beds
order-new = Of them new
order-women = Women a year
order-building = Building, M DKK
order-running = Running, M DKK a year
