"""Sites and demand points by address: coordinates from the planner's own table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacity import DataError
from capacity.cli.main import group
from capacity.preparing.addresses import locate, read_addresses
from capacity.reading.case import read_case
from tests.small_map import FILES, map_case

ADDRESSES = 'address,lon,lat\n"Torvet 1, 9000 Alby",10.01,56.0\nHavnen 2,10.9,55.61\nTorvet 1,1,1\nTorvet 1,2,2\n'
SITES = (
    "site_id,name,municipality_code,lon,lat,address\nx,Unit x,A,,,torvet 1  9000 ALBY\ny,Unit y,C,10.91,55.6,Havnen 2\n"
)


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    path = tmp_path / "addresses.csv"
    path.write_text(ADDRESSES, encoding="utf-8")
    return path


def test_empty_coordinates_are_filled_and_others_stay(tmp_path: Path, addresses: Path) -> None:
    case = map_case(tmp_path / "case", sites__csv=SITES)
    done = CliRunner().invoke(group, ["data", "addresses", str(addresses), str(case)])
    assert done.exit_code == 0 and "Placed in sites.csv: x." in done.output
    rows = (case / "sites.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1] == "x,Unit x,A,10.01,56,torvet 1  9000 ALBY" and rows[2].startswith("y,Unit y,C,10.91,55.6,")
    assert read_case(case).network.site_ids == ("x", "y")
    again = CliRunner().invoke(group, ["data", "addresses", str(addresses), str(case)])
    assert "nothing was written" in again.output
    both = CliRunner().invoke(group, ["data", "addresses", str(addresses), str(case), "--replace", "--json"])
    assert json.loads(both.stdout)["placed"] == {"sites.csv": ["x", "y"]}
    assert "10.9,55.61" in (case / "sites.csv").read_text(encoding="utf-8")


def test_columns_may_be_new_and_the_table_a_registers(tmp_path: Path) -> None:
    own = tmp_path / "dar.csv"
    own.write_text("adressebetegnelse;wgs84koordinat_længde;wgs84koordinat_bredde\nBy 1;10,4;56,1\n", encoding="utf-8")
    towns = FILES["municipalities.csv"].replace(",lon,lat", ",Adresse").replace(",10.0,56.0", ",by 1")
    towns = towns.replace(",10.4,56.1", ",").replace(",10.9,55.6", ",")
    case = map_case(tmp_path / "case", municipalities__csv=towns)
    assert locate(case, own).placed == {"municipalities.csv": ("A",)}
    assert (case / "municipalities.csv").read_text(encoding="utf-8").splitlines()[:2] == [
        "code,name,land,people,Adresse,lon,lat",
        "A,Alby,N,1000,by 1,10.4,56.1",
    ]


def test_a_site_more_by_its_address(tmp_path: Path, addresses: Path) -> None:
    case = map_case(
        tmp_path / "case",
        case__toml=(FILES["case.toml"]).replace('["x"]', "[]").replace('to_ambulatory = "near.csv"', ""),
        nodes__csv="node,lon,lat\nA,10,56\nB,10.4,56.1\nC,10.9,55.6\n",
        links__csv="from,to,minutes\nA,B,30\nB,C,50\nx,A,1\ny,C,1\n",
    )
    given = ["add-site", str(case), "--name", "Havn", "--address", "Havnen 2"]
    done = CliRunner().invoke(group, [*given, "--addresses", str(addresses)])
    assert done.exit_code == 0, done.output
    assert "HAVN,Havn,C,10.9,55.61" in (case / "sites.csv").read_text(encoding="utf-8")
    for wrong in (given, [*given, "--lat", "1"], ["add-site", str(case), "--name", "z", "--lat", "1"]):
        assert CliRunner().invoke(group, wrong).exit_code == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [("Torvet 1", "one place"), ("Havnen 3", "Did you mean 'Havnen 2'"), ("Nowhere at all", "Add it")],
)
def test_an_address_without_one_place_is_told(address: str, said: str, tmp_path: Path, addresses: Path) -> None:
    with pytest.raises(DataError, match=said):
        read_addresses(addresses).place(address)
    case = map_case(tmp_path / "case", sites__csv=SITES.replace("torvet 1  9000 ALBY", address))
    before = (case / "sites.csv").read_bytes()
    with pytest.raises(DataError, match=said):
        locate(case, addresses)
    assert (case / "sites.csv").read_bytes() == before


def test_what_is_wrong_with_the_tables_is_told(tmp_path: Path, addresses: Path) -> None:
    with pytest.raises(DataError, match="column address"):
        locate(map_case(tmp_path / "case"), addresses)
    addresses.write_text("place,lon\nx,1\n", encoding="utf-8")
    with pytest.raises(DataError) as told:
        read_addresses(addresses)
    assert [f.column for f in told.value.findings] == ["address", "lat"]
    addresses.write_text("address,lon,lat\nx,900,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="900"):
        read_addresses(addresses)
