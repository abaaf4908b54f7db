"""The query language (reference 5), as tables over the sample company."""

from __future__ import annotations

import pytest

from local.quickbooks import Company, Fault
from local.quickbooks.query import answer
from tests.local.quickbooks.quickbooks_world import START, Clock


def ids(company: Company, statement: str, entity: str = "Customer") -> list[str]:
    return [each["Id"] for each in answer(company.file, statement).get(entity, [])]


def customers(company: Company, clause: str) -> list[str]:
    return ids(company, " ".join(["select * from Customer", clause]))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Id = '1'", ["1"]),
        ("Id = 1", ["1"]),
        ("Id in ('1', '3', '999')", ["3", "1"]),
        ("Id IN (1)", ["1"]),
        ("DisplayName = 'Cool Cars'", ["3"]),
        ("displayname = 'COOL cars'", ["3"]),
        (r"DisplayName = 'Amy\'s Bird Sanctuary'", ["1"]),
        ("DisplayName LIKE '%car%'", ["3"]),
        ("DisplayName like 'cool%'", ["3"]),
        ("DisplayName like 'cool'", []),
        ("DisplayName like '%s'", ["15", "3"]),
        ("DisplayName > 'tr' and DisplayName < 'U'", ["26"]),
        ("FamilyName >= 'Weiskopf'", ["29"]),
        ("GivenName <= 'Amy'", ["1"]),
        ("GivenName in ('amy', 'GRACE')", ["3", "1"]),
        ("PrimaryEmailAddr = 'geeta@kalapatapu.example'", ["10"]),
        ("PrimaryEmailAddr LIKE '%@intuit.example' AND CompanyName like 'C%'", ["3"]),
        ("PrimaryEmailAddr = ' '", ["25", "8", "6"]),
        ("CompanyName = ' ' and Id in ('1','10')", ["10"]),
        ("FullyQualifiedName = 'dylan sollfrank:0969 ocean view road'", ["8"]),
        ("Active = false", ["16"]),
        ("Active = 'false'", ["16"]),
        ("Active in (true, false) and Id in ('16', '1')", ["16", "1"]),
        ("Id = '16'", []),
        ("Balance > '0'", ["24"]),
        ("Balance = 0.0 and Id = '1'", ["1"]),
        ("Id = '30'", []),
    ],
)
def test_a_condition_selects_exactly_these_customers(sample: Company, where: str, expected: list[str]) -> None:
    """Newest first, compared without regard to case, inactive ones only where Active is mentioned."""
    assert customers(sample, f"where {where}") == expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("ORDERBY Id", ["1", "2", "3"]),
        ("order by Id asc", ["1", "2", "3"]),
        ("orderby Id DESC", ["29", "26", "25"]),
        ("orderby DisplayName", ["8", "1", "2"]),
        ("orderby CompanyName, Id desc", ["26", "25", "10"]),
        ("orderby CompanyName desc, DisplayName", ["29", "24", "21"]),
        ("orderby MetaData.LastUpdatedTime", ["1", "2", "3"]),
    ],
)
def test_an_order_puts_these_customers_first(sample: Company, clause: str, expected: list[str]) -> None:
    """Several keys count from the left; rows without a value come first."""
    assert customers(sample, f"{clause} maxresults 3") == expected


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("", "4000", 'QueryParserError: Encountered " <EOF> " "" at line 1, column 1.'),
        (
            "selec * from Customer",
            "4000",
            'QueryParserError: Encountered " <IDENTIFIER> "selec "" at line 1, column 1.',
        ),
        ("select * from", "4000", None),
        ("select * from Customer where", "4000", None),
        ("select * from Customer where Id = '1' or Id = '2'", "4000", None),
        ("select * from Customer where not Id = '1'", "4000", None),
        ("select * from Customer where Id != '1'", "4000", None),
        ("select * from Customer where (Id = '1')", "4000", None),
        ("select * from Customer where Id in ()", "4000", None),
        ("select * from Customer where DisplayName = 'Amy's'", "4000", None),
        ("select * from Customer where DisplayName = 'it''s'", "4000", None),
        ("select * from Customer where DisplayName = Amy", "4000", None),
        ('select * from Customer where DisplayName = "Amy"', "4000", None),
        ("select * from Customer maxresults 5 startposition 1", "4000", None),
        ("select * from Customer maxresults ten", "4000", None),
        ("select * from Customer group by Id", "4000", None),
        ("select * from Customer; delete", "4000", None),
        (
            "select * from Customer startposition 0",
            "4001",
            "QueryValidationError: value 0 is too small. Min allowed value is 1",
        ),
        ("select * from Customer maxresults 0", "4001", None),
        ("select * from Customer maxresults 1001", "4001", None),
        ("select * from Customer where Notes = 'x'", "4001", "QueryValidationError: property 'Notes' is not queryable"),
        ("select * from Customer where PrimaryEmailAddr.Address = 'x'", "4001", None),
        (
            "select * from Customer where Nonsense = 'x'",
            "4001",
            "QueryValidationError: Property Nonsense not found for Entity Customer",
        ),
        (
            "select Id, BillAddr from Customer",
            "4001",
            "QueryValidationError: Property BillAddr not found for Entity Customer",
        ),
        ("select * from Customer orderby PrimaryEmailAddr", "4001", None),
        ("select * from Employee orderby Active", "4001", None),
        ("select * from Customer where Id > '1'", "4001", None),
        ("select * from Customer where Id like '1%'", "4001", None),
        ("select * from Customer where Active like 't%'", "4001", None),
        ("select * from Customer where Active = 'maybe'", "4001", None),
        ("select * from Customer where Balance = 'much'", "4001", None),
        ("select * from Customer where MetaData.CreateTime > 'yesterday'", "4001", None),
        ("select * from customer", "4001", None),
        ("select * from Estimate", "4001", None),
        ("select * from Customer where Id = 'abc'", "2030", None),
    ],
)
def test_a_statement_that_cannot_be_answered_says_why(
    sample: Company, statement: str, code: str, detail: str | None
) -> None:
    """What does not parse is 4000, what may not be asked is 4001."""
    with pytest.raises(Fault) as refused:
        answer(sample.file, statement)
    assert refused.value.code == code
    assert detail in (None, refused.value.detail)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-11-02T13:00:00-08:00", ["59", "58"]),
        ("2026-11-02T21:00:00Z", ["59", "58"]),
        ("2026-11-02T13:00:00", ["59", "58"]),
        ("2026-11-02", ["59", "58"]),
        ("2026-11-02T13:00:01-08:00", ["59"]),
        ("2026-11-03", []),
    ],
)
def test_a_time_may_have_an_offset_or_be_pacific(
    sample: Company, clock: Clock, since: str, expected: list[str]
) -> None:
    """A time without an offset, or a day alone, is Pacific."""
    sample.create("Customer", {"DisplayName": "First"})
    clock.advance(60)
    sample.create("Customer", {"DisplayName": "Second"})
    assert customers(sample, f"where MetaData.LastUpdatedTime >= '{since}'") == expected


def test_current_date_is_the_start_of_the_day(sample: Company, clock: Clock) -> None:
    """CURRENT_DATE selects what was made today, in Pacific time."""
    clock.now = START + 5 * 86_400
    sample.create("Customer", {"DisplayName": "Today"})
    assert ids(sample, "select * from Customer where MetaData.CreateTime >= CURRENT_DATE") == ["58"]


def test_pages_default_to_100_and_go_up_to_1000(company: Company) -> None:
    """STARTPOSITION counts from 1, and the last page is as long as what is left."""
    for number in range(105):
        company.create("Customer", {"DisplayName": f"Customer {number}"})
    assert len(ids(company, "select * from Customer")) == 100
    assert len(ids(company, "select * from Customer maxresults 1000")) == 105
    page = answer(company.file, "select * from Customer orderby Id startposition 101 maxresults 10")
    assert [each["Id"] for each in page["Customer"]] == ["101", "102", "103", "104", "105"]
    assert (page["startPosition"], page["maxResults"]) == (101, 5)


def test_nothing_found_is_an_empty_envelope(sample: Company) -> None:
    """No list, no counters."""
    assert answer(sample.file, "select * from Customer where DisplayName = 'Nobody'") == {}


def test_a_count_has_only_a_total(sample: Company) -> None:
    """It leaves out the inactive ones as well, and ignores pages."""
    assert answer(sample.file, "select count(*) from Customer") == {"totalCount": 13}
    assert answer(sample.file, "SELECT COUNT(*) FROM Customer where Active = false") == {"totalCount": 1}


def test_columns_are_taken_and_not_honoured(sample: Company) -> None:
    """Whole objects come back all the same."""
    found = answer(sample.file, "select Id, DisplayName from Customer where Id = '1'")
    assert found["Customer"] == [sample.get("Customer", "1")]


def test_the_company_and_its_preferences_can_be_queried(sample: Company) -> None:
    """The two singletons, and the other two lists."""
    assert ids(sample, "select * from CompanyInfo", "CompanyInfo") == ["1"]
    assert ids(sample, "select * from Preferences", "Preferences") == ["1"]
    assert len(ids(sample, "select * from Vendor", "Vendor")) == 7
    assert ids(sample, "select * from Employee orderby FamilyName", "Employee") == ["54", "55"]
