"""A SOAP client that others wrote (zeep) calls one operation of our services as a stranger would: from the WSDL alone.

    soap_client.py WSDL                     lists the operations, one a line, with their signatures
    soap_client.py WSDL OPERATION           arguments as JSON on standard input, the answer as JSON on standard output

null inside a list becomes xsi:nil. A fault is an answer, too: {"fault": {"code", "message", "detail"}}, exit status 3.
Who calls: ZAEHLWERK_KEY (Bearer), or ZAEHLWERK_USER and ZAEHLWERK_PASSWORD (Basic; with ZAEHLWERK_SOAP_AUTH=token WS-Security).
ZAEHLWERK_SOAP_VERSION=1.2 takes the SOAP 1.2 binding.
"""
import json
import os
import sys

import requests
import zeep
from lxml import etree
from zeep.helpers import serialize_object
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken


def client(wsdl: str) -> zeep.Client:
    session = requests.Session()
    # Neither a proxy nor a .netrc of this machine has a part in the test.
    session.trust_env = False
    token = None
    if key := os.environ.get("ZAEHLWERK_KEY"):
        session.headers["Authorization"] = f"Bearer {key}"
    elif user := os.environ.get("ZAEHLWERK_USER"):
        password = os.environ["ZAEHLWERK_PASSWORD"]
        if os.environ.get("ZAEHLWERK_SOAP_AUTH") == "token":
            token = UsernameToken(user, password)
        else:
            session.auth = (user, password)
    return zeep.Client(wsdl, transport=Transport(session=session, timeout=30, operation_timeout=30), wsse=token)


def binding(soap: zeep.Client) -> zeep.client.ServiceProxy:
    wanted = "Soap12Binding" if os.environ.get("ZAEHLWERK_SOAP_VERSION") == "1.2" else "Soap11Binding"
    for service in soap.wsdl.services.values():
        for port in service.ports.values():
            if type(port.binding).__name__ == wanted:
                return soap.bind(service.name, port.name)
    raise SystemExit(f"soap_client: the WSDL has no {wanted}")


def arguments(value: object, in_list: bool = False) -> object:
    if isinstance(value, dict):
        return {key: arguments(item) for key, item in value.items()}
    if isinstance(value, list):
        return [arguments(item, in_list=True) for item in value]
    return zeep.xsd.Nil if value is None and in_list else value


def main(wsdl: str, operation: str | None) -> int:
    soap = client(wsdl)
    proxy = binding(soap)
    if operation is None:
        for name, call in sorted(proxy._binding.all().items()):
            print(f"{name}({call.input.signature()})")
        return 0
    try:
        answer = getattr(proxy, operation)(**arguments(json.load(sys.stdin)))
    except zeep.exceptions.Fault as fault:
        detail = fault.detail
        if detail is not None and not isinstance(detail, str):
            detail = etree.tostring(detail, encoding="unicode")
        print(json.dumps({"fault": {"code": fault.code, "message": fault.message, "detail": detail}}, ensure_ascii=False))
        return 3
    print(json.dumps(serialize_object(answer, dict), ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        print(__doc__, file=sys.stderr)
        raise SystemExit(64)
    raise SystemExit(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None))
