"""The properties that deals, products, line items, invoices, payments and notes have from the start (reference,
sections 6.2 and 7). `definitions.py` says how a row reads."""

DEAL_ROWS = """
createdate                  Create Date              datetime date
dealname                    Deal Name                string text
amount                      Amount                   number number
deal_currency_code          Currency                 enumeration select ext
closedate                   Close Date               datetime date
pipeline                    Pipeline                 enumeration select
dealstage                   Deal Stage               enumeration radio
dealtype                    Deal Type                enumeration radio
description                 Deal Description         string textarea
hs_createdate               Object create date/time  datetime date ro
hs_all_collaborator_owner_ids  Deal Collaborator     enumeration checkbox ext
amount_in_home_currency     Amount in company currency  number number calc
hs_closed_amount            Closed Deal Amount       number number calc
hs_forecast_amount          Forecast amount          number number
hs_projected_amount         Weighted amount          number calculation_equation calc
hs_deal_stage_probability   Deal probability         number number calc
hs_is_closed                Is Deal Closed?          bool booleancheckbox calc
hs_is_closed_won            Is Closed Won            bool booleancheckbox calc
hs_is_closed_lost           Is closed lost           bool booleancheckbox calc,hidden
hs_num_of_associated_line_items  Number of line items  number number calc
days_to_close               Days to close            number number calc
"""
INVOICE_ROWS = """
hs_createdate               Create date              datetime date ro
hs_title                    Title                    string text
hs_number                   Number                   string text ro
hs_currency                 Currency                 string text
hs_invoice_date             Invoice date             datetime date
hs_due_date                 Due date                 datetime date
hs_invoice_status           Invoice status           enumeration select
hs_invoice_source           Invoice source           enumeration select ro
hs_invoice_billable         Billable                 bool booleancheckbox
hs_purchase_order_number    Purchase order number    string text
hs_comments                 Comments                 string textarea
hs_tax_id                   Tax ID                   string text
hs_allowed_payment_methods  Allowed payment methods  enumeration checkbox
hs_invoice_payment_collection_method  Payment collection  enumeration select
hs_allow_partial_payments   Allow partial payments   bool booleancheckbox
hs_collect_address_types    Collected addresses      enumeration checkbox
hs_recipient_shipping_address  Recipient address     string text
hs_recipient_shipping_address2  Recipient address 2  string text
hs_recipient_shipping_city  Recipient city           string text
hs_recipient_shipping_state  Recipient state         string text
hs_recipient_shipping_zip   Recipient zip            string text
hs_recipient_shipping_country  Recipient country     string text
hs_recipient_company_address  Recipient company address  string text
hs_recipient_company_address2  Recipient company address 2  string text
hs_recipient_company_city   Recipient company city   string text
hs_recipient_company_state  Recipient company state  string text
hs_recipient_company_zip    Recipient company zip    string text
hs_custom_fields            Custom fields            enumeration checkbox ext
hs_locale                   Locale                   string text
hs_unique_id                Unique ID                string text ro
hs_invoice_link             Invoice link             string text ro
hs_pdf_download_link        PDF download link        string text ro
hs_language                 Language                 enumeration select
hs_amount_billed            Amount billed            number number calc
hs_amount_paid              Amount paid              number number calc
hs_balance_due              Balance due              number number calc
hs_payment_date             Payment date             datetime date ro
hs_days_overdue             Days overdue             number calculation_equation calc
hs_last_sent_date           Last sent date           datetime date ro
hs_external_invoice_id      External invoice ID      string text
hs_external_recipient       External recipient       string text
hs_invoice_latest_contact_email  Latest contact email  string text calc
hs_invoice_latest_company_name  Latest company name  string text calc
"""
PRICE_ROWS = """
createdate                  Create Date              datetime date ro
name                        Name                     string text
description                 Description              string textarea
hs_sku                      SKU                      string text
price                       Unit price               number number
hs_cost_of_goods_sold       Unit cost                number number
tax                         Tax                      number number
hs_url                      URL                      string text
hs_images                   Image URL                string text
hs_product_type             Product type             enumeration select
hs_pricing_model            Pricing model            enumeration select
hs_tier_ranges              Tier ranges              string text
hs_tier_prices              Tier prices              string text
hs_recurring_billing_period  Term                    string text
recurringbillingfrequency   Billing frequency        enumeration select
"""
PRODUCT_ROWS = """
hs_folder                   Folder                   enumeration select ext
hs_avatar_filemanager_key   Avatar file key          string text calc,hidden
"""
LINE_ITEM_ROWS = """
hs_product_id               Product ID               number number
quantity                    Quantity                 number number
discount                    Unit discount            number number
hs_discount_percentage      Discount percentage      number number
amount                      Net price                number number calc
hs_line_item_currency_code  Currency                 string text
hs_tax_rate_group_id        Tax rate                 enumeration select ext
hs_recurring_billing_start_date  Billing start date  date date
hs_recurring_billing_end_date  Billing end date      date date calc
hs_term_in_months           Term in months           number number calc
hs_position_on_quote        Position on quote        number number
hs_acv                      Annual contract value    number calculation_equation calc
hs_mrr                      Monthly recurring revenue  number calculation_equation calc
"""
PAYMENT_ROWS = """
hs_createdate               Create date              datetime date ro
hs_payment_id               Payment ID               string text ro
hs_initial_amount           Gross amount             number number
hs_initiated_date           Payment date             datetime date
hs_currency_code            Currency                 string text
hs_latest_status            Status                   enumeration select
hs_payment_method_type      Payment method           enumeration select
hs_processor_type           Payment processor        enumeration select
hs_reference_number         Reference number         string text
hs_internal_comment         Internal comment         string textarea
hs_customer_email           Customer email           string text
hs_fees_amount              Processor fees           number number
hs_refunds_amount           Refunded amount          number number
hs_line_item_discounts_amount  Line item discounts   number number
hs_payout_date              Payout date              datetime date
hs_payment_method_bank_or_issuer  Bank or issuer     string text
hs_payment_method_last_4    Last 4 digits            string text
hs_billing_address_line_1   Billing address          string text
hs_billing_address_line_2   Billing address 2        string text
hs_billing_address_city     Billing city             string text
hs_billing_address_state    Billing state            string text
hs_billing_address_zip      Billing zip              string text
hs_billing_address_country  Billing country          string text
hs_shipping_ship_to_name    Ship to                  string text
hs_payment_method           Payment method used      string text ro
hs_payment_source_app       Source                   string text ro
hs_payment_source_id        Source ID                string text ro
hs_payment_source_name      Source name              string text ro
hs_payment_source_url       Source URL               string text ro
hs_payment_type             Payment type             string text ro
hs_platform_fee             Platform fee             number number ro
hs_settlement_currency_code  Settlement currency     string text ro
hs_total_discounts_amount   Total discounts          number number calc
hs_net_amount               Net amount               number number calc
hs_has_associated_invoice   Has an invoice           bool booleancheckbox calc
hs_number_of_associated_invoices  Number of invoices  number number calc
hs_payment_creation_method  Creation method          string text ro
"""
NOTE_ROWS = """
hs_createdate               Create date              datetime date ro
hs_timestamp                Activity date            datetime date
hs_note_body                Note body                string html
hs_attachment_ids           Attached file IDs        enumeration checkbox ext
hs_created_by               Activity created by      number number ro
"""
