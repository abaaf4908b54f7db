"""What QuickBooks says when it refuses (reference 9). One function for each refusal, its words as captured."""

from __future__ import annotations

from typing import Any

from local.quickbooks import clock

Body = dict[str, Any]


class Fault(Exception):  # noqa: N818 - QuickBooks calls it a fault
    """A refusal. `status` is that of HTTP; `code` is what a client should look at."""

    def __init__(
        self,
        code: str,
        message: str,
        detail: str | None,
        *,
        element: str | None = "",
        status: int = 400,
        type: str = "ValidationFault",
    ) -> None:
        super().__init__(f"{code} {message}: {detail}")
        self.code = code
        self.message = message
        self.detail = detail
        self.element = element
        self.status = status
        self.type = type

    def fault(self) -> Body:
        """What stands under `Fault`: also inside a batch reply."""
        error = {"Message": self.message, "Detail": self.detail, "code": self.code, "element": self.element}
        return {"Error": [error], "type": self.type}

    def body(self, at: float) -> Body:
        return {"Fault": self.fault(), "time": clock.milliseconds(at)}


class GatewayFault(Fault):
    """A refusal by the gateway, before QuickBooks: its frame is lower case (reference 9.1)."""

    def body(self, at: float) -> Body:
        error = {"message": self.message, "detail": self.detail, "code": self.code, "element": None}
        return {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": self.type},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": int(at * 1000),
            "status": None,
            "cdcresponse": [],
        }


def authentication_failed(detail: str) -> Fault:
    message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    return GatewayFault("3200", message, detail, status=401, type="AUTHENTICATION")


def authorization_failed() -> Fault:
    message = "message=AuthorizationFailed; errorCode=003100; statusCode=403"
    return GatewayFault("3100", message, None, status=403, type="SERVICE")


def throttled() -> Fault:
    message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    detail = "The request limit was reached.  Try again later"
    return Fault("3001", message, detail, element=None, status=429, type="SERVICE")


def system_failure(status: int = 500) -> Fault:
    message = "An application error has occurred while processing your request"
    return Fault("10000", message, "System Failure Error: unexpected", status=status, type="SystemFault")


def unsupported_operation(operation: str, status: int = 400) -> Fault:
    return Fault("500", "Unsupported Operation", f"Operation {operation} is not supported.", status=status)


def no_such_path(path: str) -> Fault:
    return Fault("500", "Unsupported Operation", f"No resource at {path}", status=404)


def not_acceptable(accept: str) -> Fault:
    detail = f"This imitation answers application/json only; the request accepts {accept or 'anything (XML)'}"
    return Fault("500", "Unsupported Operation", detail, element="Accept", status=406)


def invalid_content_type(supplied: str, wanted: str) -> Fault:
    detail = f"Content-Type should be {wanted}. Supplied value:{supplied}"
    return Fault("1050", "Invalid Content Type", detail, element="Content-Type", status=415)


def object_not_found() -> Fault:
    detail = (
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return Fault("610", "Object Not Found", detail)


def parent_cannot_be_child() -> Fault:
    return Fault("900", "Parent cannot be child", "Parent cannot be child : A name cannot stand below itself.")


def batch_too_large(most: int, supplied: int) -> Fault:
    message = "Batch size exceeds allowed limit"
    return Fault("1040", message, f"Batch size exceeds allowed limit. Max:{most} Supplied:{supplied}")


def unsupported_property(element: str) -> Fault:
    message = "Request has invalid or unsupported property"
    detail = "Property Name:failed to parse json object; a property specified is unsupported or invalid"
    return Fault("2010", message, detail, element=element)


def unsupported_object(name: str) -> Fault:
    return Fault("2000", "Invalid or unsupported object name", f"Unsupported object name. Supplied value:{name}")


def required_missing(parameter: str) -> Fault:
    message = "Required param missing, need to supply the required value for the API"
    return Fault("2020", message, f"Required parameter {parameter} is missing in the request", element=parameter)


def invalid_id(supplied: object, element: str = "Id") -> Fault:
    detail = f"Id should be a valid number. Supplied value:{supplied}"
    return Fault("2030", "Invalid ID", detail, element=element)


def invalid_string(element: str) -> Fault:
    detail = f"Invalid String : {element} must have at least one character and cannot include tabs, new lines, or ':'"
    return Fault("2040", "Invalid String", detail, element=element)


def invalid_length(element: str, longest: int, supplied: int) -> Fault:
    message = "String length is either shorter or longer than supported by specification"
    detail = (
        "String length specified does not match the supported length. "
        f"Min:0 Max:{longest:,} supported. Supplied length:{supplied:,}"
    )
    return Fault("2050", message, detail, element=element)


def invalid_date(element: str, supplied: object) -> Fault:
    detail = f"Date value should be in the format YYYY-MM-DD. Supplied value:{supplied}"
    return Fault("2060", "Invalid Date Format", detail, element=element)


def invalid_number(element: str, supplied: object) -> Fault:
    detail = f"Number should be a valid decimal. Supplied value:{supplied}"
    return Fault("2080", "Invalid Number Format", detail, element=element)


def invalid_request_id(supplied: str, longest: int) -> Fault:
    detail = f"Request id should have 1 to {longest} characters. Supplied value:{supplied}"
    return Fault("2130", "Invalid Request Id Format", detail, element="requestid")


def invalid_enumeration(element: str, supplied: object) -> Fault:
    detail = f"Value specified is not one of the enumeration. Supplied value:{supplied}"
    return Fault("2170", "Invalid Enumeration", detail, element=element)


def invalid_date_range(element: str) -> Fault:
    detail = f"{element} can go back at most 30 days"
    return Fault("2190", "Invalid Date Range", detail, element=element)


def invalid_email(element: str) -> Fault:
    detail = "The email address should have '@' and '.' in it: name@domain.com"
    return Fault("2210", "Invalid Email Address format", detail, element=element)


def invalid_boolean(element: str, supplied: object) -> Fault:
    return Fault(
        "2230", "Invalid Boolean", f"Value should be true or false. Supplied value:{supplied}", element=element
    )


def invalid_reference(names: str, id: object, element: str) -> Fault:
    detail = f"Invalid Reference Id : {names} element id {id} not found"
    return Fault("2500", "Invalid Reference Id", detail, element=element)


def conflicting_elements(detail: str, element: str) -> Fault:
    return Fault("2600", "Invalid Request Conflict Element in Request", detail, element=element)


def query_not_parsed(detail: str) -> Fault:
    return Fault("4000", "Error parsing query", f"QueryParserError: {detail}", element=None)


def query_not_valid(detail: str) -> Fault:
    return Fault("4001", "Invalid query", f"QueryValidationError: {detail}", element=None)


def stale_object() -> Fault:
    detail = (
        "Stale Object Error : You and root were working on this at the same time. "
        "root finished before you did, so your work was not saved."
    )
    return Fault("5010", "Stale Object Error", detail)


def business_rule(detail: str) -> Fault:
    message = "A business validation error has occurred while processing your request"
    return Fault("6000", message, f"Business Validation Error: {detail}")


def no_name() -> Fault:
    detail = "At least one of Title, GivenName, MiddleName, FamilyName, Suffix or DisplayName is needed"
    return Fault("6080", "No Name Provided", detail)


def parent_required() -> Fault:
    detail = "ParentRef Required Validation Error : a job needs the customer it belongs to"
    return Fault("6150", "ParentRef Required Validation Error", detail, element="ParentRef")


def too_deep() -> Fault:
    detail = "Sub Level Limit : a name can stand at most four levels below the top"
    return Fault("6180", "Sub Level Limit", detail, element="ParentRef")


def company_lapsed() -> Fault:
    detail = (
        "Subscription period has ended or cancelled or there was a billing problem : "
        "You can't add data to QuickBooks Online because your trial or subscription period ended"
    )
    return Fault("6190", "Invalid Company Status", detail)


def has_balance() -> Fault:
    detail = "Delete Entity Has Balance Error : a name with an open balance cannot be made inactive"
    return Fault("6220", "Delete Entity Has Balance Error", detail)


def duplicate_name() -> Fault:
    detail = (
        "The name supplied already exists. : Another customer, vendor or employee is already using this \n"
        "name. Please use a different name."
    )
    return Fault("6240", "Duplicate Name Exists Error", detail)


def result_too_big() -> Fault:
    return Fault("10100", "Result Set Big", "The queries of one batch may return at most 1000 objects together")


def cannot_be_linked(type: str, id: object) -> Fault:
    detail = f"Transaction ID {id} of the type {type} cannot be linked."
    return Fault("620", "Txn ID Cannot Be Linked", detail, element="LinkedTxn")


def has_dependencies() -> Fault:
    detail = "This transaction is linked to others, which have to be unlinked first."
    return Fault("800", "Cannot delete object", detail)


def invalid_amount(element: str, supplied: object) -> Fault:
    return Fault("2140", "Invalid Amount", f"The amount is too large. Supplied value:{supplied}", element=element)


def invalid_percent(element: str, supplied: object) -> Fault:
    return Fault("2150", "Invalid Percent", f"A percentage is 0 to 100. Supplied value:{supplied}", element=element)


def missing_lines() -> Fault:
    return Fault("2250", "Missing lines", "A sales form needs an item, a bundle or a text", element="Line")


def negative_amount(element: str) -> Fault:
    return Fault("2290", "NegativeAmount", "Negative amounts are not supported here", element=element)


def feature_not_supported(element: str) -> Fault:
    return Fault("5030", "Feature Not Supported", f"{element} is not supported for this company", element=element)


def wrong_amount(supplied: object) -> Fault:
    message = "Amount calculation incorrect in the request"
    detail = f"{message} : Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}"
    return Fault("6070", message, detail, element="Line.Amount")


def discount_incomplete() -> Fault:
    detail = "A discount line needs an amount, or DiscountPercent where PercentBased is true"
    return Fault("6090", "Discount Line missing required info", detail, element="Line")


def wrong_tax_code(code: object) -> Fault:
    detail = f"Invalid tax code on a line. Supplied value:{code}"
    return Fault("6100", "Invalid Line TaxCode in the request", detail, element="Line")


def duplicate_number(number: str, type: str, id: str) -> Fault:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. "
        f"This number has already been used. DocNumber={number} is assigned to TxnType={type} with TxnId={id}"
    )
    return Fault("6140", "Duplicate Document Number Error", detail)


def wrong_tax_detail() -> Fault:
    detail = "TxnTaxDetail cannot be given where GlobalTaxCalculation is NotApplicable"
    return Fault("6170", "Invalid TxnTaxDetail Error", detail, element="TxnTaxDetail")


def period_closed() -> Fault:
    detail = "Account Period Closed : the books are closed for this date"
    return Fault("6210", "Account Period Closed Required Password Error", detail, element="TxnDate")


def before_inventory_starts() -> Fault:
    detail = "The transaction date is before the date on which the inventory of an item starts"
    return Fault("6270", "InventoryTxnDatedBeforeItemStartDate", detail, element="TxnDate")


def email_required() -> Fault:
    return Fault("6420", "Email address is required", "BillEmail is needed to send the form", element="BillEmail")


def wrong_account(element: str) -> Fault:
    detail = f"Invalid account type used : {element} points to an account of another kind"
    return Fault("6430", "Invalid account type used", detail, element=element)


def already_deposited() -> Fault:
    detail = (
        "Deposited Transaction cannot be changed : this payment is part of a bank deposit, "
        "from which it has to be removed first"
    )
    return Fault("6540", "Deposited Transaction cannot be changed", detail)


def duplicate_item() -> Fault:
    detail = "The name supplied already exists. : Another product or service has this name."
    return Fault("6240", "Duplicate Name Exists Error", detail)
