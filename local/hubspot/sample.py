"""A small CRM that agrees with QuickBooks' sample company, "Craig's Design and Landscaping Services".

Shared people carry the e-mail addresses that the QuickBooks imitation gives its customers.
"""

from __future__ import annotations

from local.hubspot.changes import Change
from local.hubspot.portal import Portal

AGE_S = 30 * 86_400.0
OWNERS = (("craig@craigsdesign.example", "Craig", "Carlson"), ("jenny@craigsdesign.example", "Jenny", "Ortiz"))
COMPANIES: tuple[dict[str, str], ...] = (
    {"name": "Amy's Bird Sanctuary", "domain": "amysbirds.example", "phone": "(650) 555-3311", "city": "Bayshore",
     "address": "4581 Finch St.", "state": "CA", "zip": "94326", "country": "United States"},
    {"name": "Bill's Windsurf Shop", "domain": "billswindsurf.example", "phone": "(415) 444-6538",
     "address": "12 Ocean Dr.", "city": "Half Moon Bay", "state": "CA", "zip": "94213", "country": "United States"},
    {"name": "Cool Cars", "domain": "coolcars.example", "phone": "(415) 555-9933", "address": "65 Ocean Dr.",
     "city": "Half Moon Bay", "state": "CA", "zip": "94213", "country": "United States", "industry": "RETAIL"},
    {"name": "Pye's Cakes", "domain": "pyescakes.example", "phone": "(973) 555-2357", "city": "South Orange",
     "state": "NJ", "zip": "07079", "country": "United States", "industry": "FOOD_BEVERAGES"},
    {"name": "Sonnenschein Family Store", "domain": "sonnenschein.example", "phone": "(650) 557-8463",
     "city": "Middlefield", "state": "CA", "country": "United States", "industry": "RETAIL"},
    {"name": "Weiskopf Consulting", "domain": "weiskopf.example", "phone": "(650) 555-1423", "city": "Bayshore",
     "state": "CA", "country": "United States", "industry": "MANAGEMENT_CONSULTING"},
    {"name": "Hicks Hardware", "domain": "hickshardware.example", "phone": "(650) 554-1479", "type": "VENDOR"},
    {"name": "Café Müller", "domain": "cafe-mueller.example", "city": "Wien", "country": "Österreich",
     "industry": "RESTAURANTS"},
)  # fmt: skip
CONTACTS: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = (
    # properties, then the names of the companies; the first one is primary
    ({"firstname": "Amy", "lastname": "Lauterbach", "email": "birds@intuit.example", "phone": "(650) 555-3311",
      "company": "Amy's Bird Sanctuary", "address": "4581 Finch St.", "city": "Bayshore", "state": "CA",
      "zip": "94326", "country": "United States"}, ("Amy's Bird Sanctuary",)),
    ({"firstname": "Bill", "lastname": "Lucchini", "email": "surf@intuit.example", "phone": "(415) 444-6538",
      "company": "Bill's Windsurf Shop", "address": "12 Ocean Dr.", "city": "Half Moon Bay", "state": "CA",
      "zip": "94213"}, ("Bill's Windsurf Shop",)),
    ({"firstname": "Grace", "lastname": "Pariente", "email": "cool_cars@intuit.example", "phone": "(415) 555-9933",
      "company": "Cool Cars", "mobilephone": "(415) 555-9934"}, ("Cool Cars", "Bill's Windsurf Shop")),
    ({"firstname": "Karen", "lastname": "Pye", "email": "pyescakes@intuit.example", "phone": "(973) 555-2357",
      "company": "Pye's Cakes", "city": "South Orange", "state": "NJ"}, ("Pye's Cakes",)),
    ({"firstname": "Nicola", "lastname": "Weiskopf", "email": "consulting@intuit.example",
      "phone": "(650) 555-1423", "company": "Weiskopf Consulting", "jobtitle": "Owner"}, ("Weiskopf Consulting",)),
    ({"firstname": "Russ", "lastname": "Sonnenschein", "email": "familiystore@intuit.example",
      "phone": "(650) 557-8463", "company": "Sonnenschein Family Store"}, ("Sonnenschein Family Store",)),
    ({"firstname": "Maeve", "lastname": "O'Neil", "email": "maeve.oneil@amysbirds.example",
      "jobtitle": "Bookkeeper", "company": "Amy's Bird Sanctuary"}, ("Amy's Bird Sanctuary", "Pye's Cakes")),
    ({"firstname": "Zoë", "lastname": "Łukasiewicz", "email": "zoe@cafe-mueller.example", "company": "Café Müller",
      "hs_additional_emails": "zoe.lukasiewicz@example.test", "country": "Österreich"}, ("Café Müller",)),
    ({"firstname": "Frank", "lastname": "Hicks", "email": "frank@hickshardware.example",
      "company": "Hicks Hardware", "phone": "(650) 554-1479"}, ("Hicks Hardware",)),
    ({"firstname": "Geeta", "lastname": "Kalapatapu", "phone": "(650) 555-0022", "city": "Middlefield",
      "state": "CA"}, ()),  # without an e-mail address
    ({"firstname": "Travis", "lastname": "Waldron", "email": "travis.waldron@example.test",
      "mobilephone": "(650) 557-9977"}, ()),
    ({"firstname": "Stephanie", "lastname": "Martini", "email": "stephanie@redrockdiner.example",
      "company": "Red Rock Diner", "jobtitle": "Manager", "fax": "(650) 555-4974"}, ("Café Müller",)),
    ({"firstname": "Tomás", "lastname": "Rondonuwu", "email": "tomas@rondonuwu.example",
      "company": "Rondonuwu Fruit and Vegi", "lifecyclestage": "customer"}, ()),
)  # fmt: skip


def fill(portal: Portal) -> None:
    """Put the sample into an empty portal, a month in the past, before anybody listens to its webhooks."""
    crm = portal.crm
    for email, first_name, last_name in OWNERS:
        portal.add_owner(email, first_name, last_name)
    tell, now = crm.tell, crm.now
    start = now() - AGE_S
    clock = iter(range(10_000))
    crm.tell = _nobody
    crm.now = lambda: start + next(clock)
    try:
        ids = {company["name"]: portal.create_company(company) for company in COMPANIES}
        for properties, company_names in CONTACTS:
            contact_id = portal.create_contact(properties)
            for name in company_names:
                portal.associate(contact_id, ids[name])
    finally:
        crm.tell, crm.now = tell, now


def _nobody(_: Change) -> None:
    """Hears of a change and does nothing."""
