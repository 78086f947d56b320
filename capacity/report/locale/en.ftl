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
map-flow = Who uses which unit
map-cells = Areas: the land nearest to each demand point, not administrative borders.
map-areas = Areas as given by the planner.
map-modelled = Travel times are modelled.
map-given = Travel times as given.
map-data = Data: { $sources }.
map-to = { $name }: { $minutes } minutes to { $unit }
map-nobody = { $name }: nobody needs a stay
map-moved = { $name }: { $minutes } minutes
map-beds = { $name }: { $beds ->
    [one] one bed
   *[other] { $beds } beds
  }, { $stays } stays a year
map-closed = { $name }: not used
map-closed-ambulatory = { $name }: family ambulatory without a unit
map-flows = { $count ->
    [one] One municipality uses
   *[other] { $count } municipalities use
  } { $unit }
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
answer-proven-worst = No other choice of units that keeps the rules gives a shorter longest journey; this is proven.
answer-proven-fair = No other choice of units that keeps the rules shares travel more fairly; this is proven.
answer-proven-reached = No other choice of units that keeps the rules reaches more women; this is proven.
answer-proven-cost = No other choice of units that keeps the rules costs less a year; this is proven.
answer-unproven = It is the best plan found; another could be at most { $gap } better.
answer-given = These units were given, not searched for; they keep the rules. How much better another choice could be is not asked.
answer-given-broken = These units were given, not searched for. Rules they do not keep: { $rules }.
answer-unknown = It is the best plan found; how much better another could be is not known.
answer-travel = Families travel { $mean } minutes one way on average and { $longest } at most: { $visits } hours a year of visits between home and unit. Trips between a unit and its ambulatory take a further { $trips }.
key-units = units
key-beds = beds
key-mean = minutes on average, one way
key-running = M DKK a year to run
key-building = M DKK to build, once
key-women = women a year assumed
key-within = of women within { $minutes } minutes

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
money-text = Income is compared with the running cost; building stands beside it. The prices are assumptions until your own accounts take their place.
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
stays = Stays a year
occupancy = Occupancy
turned-away = Turned away
waiting = Wait too long
to-ambulatory = Minutes to ambulatory
region = Region
women = Women a year
mean = Mean minutes
minutes-80 = 80 % within, minutes
longest = Longest, minutes
share-within = Within { $minutes } minutes
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
span-women_within = { $low } to { $high } women a year within reach
sure = How sure
sure-right = The units are right (best, or within 2 %) in { $right } of { $count } scenarios; in the others another choice is better, or no plan keeps the rules.
deciding = What decides it
sure-leans = Other units are best at other values of { $few } of { $count } assumptions.
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
setting-travel-uptake = Who accept a place, by one-way travel
value-counts = { $women } women; { $share } of the split from these
value-uptake = { $share } at { $minutes } minutes
setting-stay-mean_days = Mean stay
setting-promise-turned_away = Greatest share that may be turned away
setting-promise-demand_cv = Doubt about the level of demand (coefficient of variation)
setting-promise-wait_days = Longest acceptable wait
setting-promise-wait_probability = Share who may wait longer
setting-promise-occupancy = Highest load of a bed
setting-travel-visits_per_week = Family visits
setting-travel-ambulatory_trips_per_week = Trips to the ambulatory
setting-sizes-smallest = Smallest unit
setting-sizes-largest = Largest unit
setting-finance-unit_dkk_per_year = Fixed cost of a unit
setting-finance-bed_dkk_per_year = Fixed cost of a bed
setting-finance-occupied_day_dkk = Cost of an occupied day
setting-finance-day_rate_dkk = Day rate
setting-finance-grant_dkk_per_year = Grant to a unit
setting-finance-building_dkk_per_bed = Building cost of a bed
setting-finance-interest = Interest
setting-finance-years = Years over which building is paid
setting-finance-filling_years = Years until the beds are filled
setting-promise-kind = What the promise is about
setting-network-regions = The regions
setting-objective-fair_aversion = Aversion to unequal travel
setting-part = { $name }: { $part }
part-minutes = minutes
part-share = share of the women
part-stays = stays a year
value-all = everybody accepts
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
absent-costs = { $place }: a unit there keeps the rules but is not best. The best plan with one ({ $units }) lies { $behind } behind: { $minutes } minutes on average, { $beds } beds, { $cost } M DKK a year with building.
absent-broken = { $place }: no choice of units with one there keeps all the rules. Added to this plan, { $added } breaks: { $rules }.
alternatives = Alternatives
alternatives-text = The best different sets of units, each compared with the plan.
behind = Behind
against = Compared with the best
against-plan = The plan itself.
story-with = with { $names }
story-without = without { $names }
story-figures = { $minutes } minutes on average, { $hours } hours of travel a year (visits { $visits }, trips to the ambulatory { $trips }), { $beds } beds, { $cost } M DKK a year with building
story-nearest = Nobody is farther from the unit than with the plan, and yet it is not best: trips between unit and ambulatory take { $trips } hours a year more, the visits only { $visits } fewer.
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
beds-needed = Beds needed there
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
goal-worst = the shortest longest journey
goal-fair = the most fairly shared travel
goal-reached = most women reached
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
annex-holds = { $unit }: { $beds } for { $stays } stays a year, an occupancy of { $occupancy }; { $away } find every bed taken.
annex-travels = One way { $mean } minutes on average and { $longest } at most; 80 % of the women live within { $most } minutes.
annex-access = { $share } live within { $minutes } minutes.
annex-stays = { $unit }: { $stays } stays a year{ $asked ->
    [none] .
   *[other] , where active practice is read as at least { $asked }.
  }
annex-balance = { $unit }: income { $income } M DKK a year against a running cost of { $cost } M, a result of { $result } M DKK a year.
annex-bill = Its municipalities pay { $bill } M DKK a year for the days their women stay: the day rate is income to a unit and a bill to a municipality.
annex-building = { $unit }: building { $building } M DKK once, { $yearly } M a year over { $years } years.
annex-startup = { $unit }: { $startup } M DKK lost before it carries itself, if its beds fill over { $years } years.
annex-prices = The prices are assumptions, to be replaced by the region's own accounts. Who pays is for the region to say.
annex-years = The documents expect one to three years until the beds are filled (Answer-2025).
annex-to-one = The region's municipalities: minutes one way to { $unit }
annex-municipalities = The region's municipalities: minutes one way, and the unit they use

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
beside-story = Against the first plan { $nearer } women a year in { $near } municipalities are nearer their unit, and { $farther } in { $far } are farther.
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
rule-region_unit = Every region has at least one unit of its own.
    .name = A unit in every region
rule-region_access = In every region at least the given share of women live within the given minutes of their unit.
    .name = Access in each region
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
