"""What must be there before Airflow's services start: tables, admin, bucket. Safe to repeat.

Run once by the service airflow-init, with the environment of the other Airflow services.
"""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlsplit

from include.errors import DangolError, SettingsError, StorageError
from include.settings import data_root


def run_airflow(*arguments: str) -> str:
    """Run one airflow command and return what it printed; its own output is shown only where it fails."""
    done = subprocess.run(["airflow", *arguments], capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(f"airflow {' '.join(arguments[:2])} failed: its output is above.")
    return done.stdout


def set_admin(password: str) -> None:
    """Create the user admin, or give it the password that .env holds now."""
    run_airflow(
        *("users", "create", "--username=admin", f"--password={password}", "--role=Admin"),
        *("--firstname=Dangol", "--lastname=Admin", "--email=admin@example.com"),
    )
    run_airflow("users", "reset-password", "--username=admin", f"--password={password}")


def create_bucket(url: str, conn_id: str = "aws_default") -> bool:
    """Create the bucket of an s3:// URL; False where it is there already.

    Raises SettingsError where the URL is not one, StorageError where the store does not let us in.
    """
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise SettingsError(f"DANGOL_DATA must be s3://BUCKET or s3://BUCKET/PREFIX, not {url!r}.")
    client = S3Hook(conn_id).get_conn()
    try:
        client.head_bucket(Bucket=parts.netloc)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise StorageError(
                f"The object store refuses bucket {parts.netloc} ({error.response['Error']['Code']}):"
                f" check the key pair and the region of connection {conn_id}."
            ) from None
    except BotoCoreError as error:
        raise StorageError(f"The object store does not answer ({error}): check {conn_id}.") from None
    else:
        return False
    region = client.meta.region_name
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=parts.netloc, **elsewhere)
    return True


def main() -> None:
    run_airflow("db", "migrate")
    print("Airflow's tables are up to date.")
    set_admin(os.environ["AIRFLOW_ADMIN_PASSWORD"])
    print("User admin has the password AIRFLOW_ADMIN_PASSWORD.")
    made = create_bucket(data_root())
    print(f"{data_root()}: bucket {'made' if made else 'is there'}.")


if __name__ == "__main__":
    try:
        main()
    except DangolError as error:
        raise SystemExit(str(error)) from None
