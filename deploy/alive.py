"""Ends with 0 when the web server of this container says it is alive. `python deploy/alive.py [PORT]`

It asks under the clinic's own name: the site answers to no other.
"""

import os
import sys
from http.client import HTTPConnection


def main(port: int) -> int:
    """Return 0 when /livez answers 200, else 1."""
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/livez", headers={"Host": name.removeprefix(".")})
        return int(connection.getresponse().status != 200)
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
