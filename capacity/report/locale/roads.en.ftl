# What capacity travel, add-site and data error say, and families without a car, in English as the code says it; see terminal.en.ftl.


## Measured errors
road-stated = The stated error, { $minutes } minutes or { $percent } %, holds for { $share } % of the ways.
road-class = { $what }: { $count } ways, { $mean } minutes on average, 80 % within { $most } minutes or { $part } %; the stated error holds for { $share } %.
road-by-ferry = by ferry
road-by-road = by road alone
road-motorways = mostly on motorways and trunk roads
road-others = on other roads
road-length = { $from } to { $to } minutes long
road-longest = { $from } minutes and longer
road-measured = Measured: travel.minutes_error = {"{"}minutes = { $rawminutes }, percent = { $rawpercent }{"}"} holds for { $share } % of the ways.
road-ties = Near ties of the plan: { $stated } with the stated error, { $measured } with the measured one.
road-ties-which = Near ties of the plan: { $stated } with the stated error, { $measured } with the measured one: { $rawpoints }.
road-stays = The plan stays: { $rawunits } beds.
road-changes = The plan changes: { $rawbefore } beds before, { $rawnow } beds now.
road-gone = The plan changes: { $rawbefore } beds before, none keeps the rules now.
road-come = The plan changes: none kept the rules before, { $rawnow } beds now.
road-neither = No plan keeps the rules with either table.
road-by-place = To count women by place and not by midpoint: travel.places = "{ $rawfile }".

## Notices
road-modelled = Minutes are modelled: free flow on the roads of { $rawfiles }.
road-far = Begin at the nearest road, { $km } km or more away: { $rawplaces }.
road-no-way = No way for a car, on an island or a road that leads nowhere (sites without a way, km to a road): { $rawplaces }.
road-no-duration = Ferries without a duration, worked out by their length: { $count } of { $all }.
road-cars-unsaid = Ferries that do not say whether they take cars, taken so: { $count } of { $all }.
road-without-area = Without an area of the map: { $rawpoints }.
road-apart = Areas of the map that are no demand point: { $rawareas }.
road-not-closed = Areas whose borders do not close in the extract: { $rawareas }.
road-cannot-read = The case cannot be read with this table: { $why }
road-of-these = Its minutes are of these roads, those of the other sites of the case's own table.
road-placed = Placed in { $where }, the nearest demand point: --point names another.
road-joined = Joined { $times } times as far as the crow flies, at { $speed } km/h (assumption), to { $rawnodes }.
road-far-node = The nearest of these nodes is { $km } km away: is that the right place?
road-of-the-rest = { $rawcolumn }: { $rawlabels } is a sum of the rest.
road-code-decides = { $rawcell } was read as { $rawplace }: the code decides.
road-rows-out = Rows of the country and its regions, left out: { $rawrows }.
road-no-point = No demand point of the case: { $rawplaces }.
road-own-total = Sum { $sum } of the file's own total { $total }.
road-lost-zeros = { $count } codes of { $file } had lost their zeros; they were read with them.
road-small-counts = Some numbers of { $column } are below { $limit }. Where they count women of your own, keep them in a table of their own (demand.counts): columns of the demand points stand in every plan.json.
road-stopped = Stopped: nothing was written.

## How far it is
road-tell-of = { $seconds } s: { $what } ({ $done } of { $count })
road-barriers = Barriers and signals of { $file } are read
road-ways = Ways of { $file } are read, { $count } so far
road-borders = Borders of { $file } are read
road-crossings = Crossings are found
road-drawn = The roads are drawn together
road-searched = Quickest ways are searched
road-scanned = Timetables are scanned

## A plan of families with and without a car
road-with-car = Families with a car travel { $car } minutes on average; the { $women } women a year without one { $transit } by public transport ({ $rawfile }).
road-share = families without a car: { $share }
road-share-column = families without a car: the column { $column }
road-no-fault = No fault found: { $points } demand points in { $parts } parts, { $sites } candidate sites, { $regions } regions, { $women } women a year.

## Faults: roads and places
road-cars = the extract holds roads for cars
road-cars-how = Download one of the right country.
road-readable = the file can be read ({ $why })
road-readable-how = Download an extract (OpenStreetMap PBF) of the country first.
road-osmium = extracts are read with osmium, which is not installed
road-whole = the extract is whole ({ $raw })
road-whole-how = Download it anew (an OpenStreetMap extract, .osm.pbf).
road-lies-in = a place lies in the extract (the nearest road is { $km } km away)
road-lies-in-how = Correct the coordinates, or add an extract that holds the place.
road-own-file = each table is written to a file of its own, and none to travel.json
road-own-file-how = Name others.
road-level = some border of admin_level { $level } has the code or the name of a demand point (found: { $raw })
road-level-how = Choose the level of your demand points: --admin-level; without --areas the map needs none.
road-point-row = every demand point has a row
road-point-row-how = Add the rows.
road-point-place = every demand point has coordinates
road-site-place = some site has coordinates
road-place-how = Add the columns lon and lat.
road-some-weight = every demand point has a place of some weight
road-add-one = Add one.
road-case-code = each code is one of the case's
road-correct = Correct it.
road-speeds-how = Name a file of your own speeds, or leave --speeds out.
road-toml = the file is TOML ({ $raw })
road-toml-how = Write [kmh] and lines like "residential = 30".
road-factor = a share of the limit above 0 and at most 2
road-factor-how = Write 0.9, say.
road-section = a figure stands in a section
road-section-how = Put it under [kmh], [ferry], [turns] or [maxspeed].
road-number = a number from 0 to 300
road-number-how = Correct the number.
road-known = the setting is known
road-known-how = It may be { $listsettings }.

## Faults: timetables
road-runs = something runs on { $day }
road-runs-how = Choose a day that the feed covers: --date.
road-calls = every call is at a stop of the feed, of a trip, in order ({ $listrows })
road-feed-how = Name a GTFS feed, as an operator publishes it.
road-zip = the feed is a whole zip file ({ $raw })
road-zip-how = Download it anew (GTFS: a zip with stops.txt, trips.txt, stop_times.txt).
road-whole-feed = Ask for a whole feed.
road-arrives = a vehicle arrives after it has left
road-column = the column is missing
road-feed-file = the feed has the file
road-stop-place = a stop has coordinates
road-row-how = Correct the row.
road-window = the window is from one time of the day to a later one
road-window-how = Write --from 07:00 --to 10:00.

## Faults: a site more
road-name-it = Name it: --point.
road-places-known = minutes of each place of a municipality to the new site are known
road-places-known-how = Take travel.places away, add the site, and make the table anew: capacity travel --places.
road-transit-known = minutes of families without a car to the new site are known
road-transit-known-how = Give a timetable: --gtfs FEED.zip --date 2026-12-01; or take travel.transit away, and make it anew.
road-worked-out = minutes are worked out from roads, or from links with nodes
road-worked-out-how = Give an extract of OpenStreetMap: --roads FILE.osm.pbf.
road-workbook = a site is added to tables of text
road-workbook-how = Save its sheet as CSV UTF-8 and name that in case.toml, or add the site in the workbook.
road-formula = what is written to a table starts no formula of a spreadsheet
road-formula-how = Begin it with a letter.
road-site-name = a site has a name
road-site-name-how = Give it one, with letters.
road-once = each id stands once
road-once-how = Choose another: --id.
road-degrees = coordinates are degrees
road-degrees-how = Correct them.
road-point-of-case = the demand point is the case's
road-point-known = the demand point a site lies in is known
road-from-somewhere = the site has a way from somewhere
road-from-somewhere-how = Check its coordinates.

## Faults: families without a car, and several places
road-share-how = Say the share of families without a car, or the column that holds it: travel.without_car = 0.3.
road-share-needed = the setting is needed beside travel.transit
road-own-ways = families without a car have ways of their own
road-own-ways-how = Name the table of their minutes: travel.transit.
road-site-column = every site that is planned with has a column
road-site-column-how = Add the columns; an empty cell is a fault, 'no way' is none.
road-anew = Make the table anew: capacity travel --places.
road-first-column = the first column holds the demand points' ids
road-first-column-how = Call it 'code'.
road-has-place = every demand point has a place
road-has-place-how = Add a row of each.
road-reach = families without a car reach some site by public transport
road-reach-how = Give their rows of { $rawfile } a way, or a share of 0.
road-share-number = a share of families is a number from 0 to 1
road-share-number-how = Write a share, not per cent: 0.3.
road-share-of-column = the share is a column of the demand points
road-share-of-column-how = Write a share such as 0.3, or a column: { $listcolumns }.
road-mark = no demand point's id ends with { $raw }
road-mark-how = Rename them.
road-share-form = a share from 0 to 1, or the name of a column
road-share-form-how = Write a share such as 0.3.
road-source-set = the table of public transport can only be chosen where the case is read

## Help
road-help-places = With --places, OUT_places.csv holds the minutes of each place, so that a plan counts women and not midpoints (travel.places), and OUT_spread.csv the spread over them.
road-help-areas = Borders for the map as well.
road-help-level = Of --areas: municipalities in Denmark.
road-help-gtfs = Public transport, without a car.
road-help-error = Hold FILE, another table of minutes, against CASE's own: a second opinion, and a measured error.
road-help-error-more = Says how far the two are apart by length of the way and by ferry, what travel.minutes_error would hold for 80 % of the ways, which near ties it makes, and whether the plan changes.
road-help-ferries = Ways by ferry apart: 0 or 1, in the form of the minutes.

## Addresses
road-placed-in = Placed in { $file }: { $rawids }.
road-all-placed = Every row has its coordinates: nothing was written.
road-one-place = an address has one place (it stands there with different coordinates)
road-one-place-how = Take one of the rows out.
road-stands = the address stands in { $file }
road-stands-how = Add it, with its lon and lat.
road-has-column = the table has the column
road-call-it = Call it { $raw }.
road-case-column = a table of the case has the column address
road-case-column-how = Add it, with an address in each row to be placed.
road-text-tables = coordinates are written to tables of text
road-text-tables-how = Save its sheet as CSV UTF-8, and name that.
road-where = Say where it is: --lat and --lon, or --address with --addresses.
road-help-address = Where it is, in the place of --lat and --lon.
road-help-addresses = Your addresses with their coordinates: address, lon, lat.
road-help-replace = Replace coordinates that are there.
road-help-locate = Give CASE's sites and demand points the coordinates of their addresses in FILE.
road-help-locate-more = FILE has the columns address, lon and lat; the case's tables have a column address. Nothing is asked of a service.
