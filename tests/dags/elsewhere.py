"""The DAGs that docs/how-to/run-a-step-elsewhere.md shows, and how their tasks are run and judged."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from include.settings import ROOT

PAGE = ROOT / "docs" / "how-to" / "run-a-step-elsewhere.md"


def read_example(name: str) -> str:
    """The page's code block of that DAG."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return next(block for block in blocks if f"completejourney_{name}" in block)


def load_example(name: str, folder: Path, advertiser: str = "completejourney") -> Any:
    """The DAG, as Airflow loads it from a file with that block."""
    from airflow.dag_processing.dagbag import DagBag

    file = folder / "dags" / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(read_example(name).replace('"completejourney"', f'"{advertiser}"'), encoding="utf-8")
    bag = DagBag(file.parent)
    assert bag.import_errors == {}
    return bag.dags[f"{advertiser}_{name}"]


class Run:
    """A DAG run without Airflow's database: it keeps what tasks return for those after them."""

    def __init__(self, dag: Any, returned: dict[str, Any]) -> None:
        self.dag, self.returned = dag, returned

    def make_context(self, task: Any) -> dict[str, Any]:
        instance = SimpleNamespace(
            dag_id=self.dag.dag_id,
            task_id=task.task_id,
            run_id="manual__1",
            try_number=1,
            map_index=-1,
            task=task,
            xcom_pull=lambda task_ids: self.returned[task_ids],
            xcom_push=lambda key, value, **_: None,
        )
        run = SimpleNamespace(run_id="manual__1", run_type="manual", logical_date=None)
        return {
            "ti": instance,
            "task_instance": instance,
            "task": task,
            "dag": self.dag,
            "dag_run": run,
            "run_id": run.run_id,
        }

    def execute(self, task: Any) -> Any:
        """Run the task as Airflow does, with its templates filled in."""
        context = self.make_context(task)
        task.render_template_fields(context)
        self.returned[task.task_id] = task.execute(context)
        return self.returned[task.task_id]

    def judge(self, task: Any, error: BaseException) -> Any:
        """What Airflow's task runner decides about another try."""
        import structlog
        from airflow.sdk.execution_time.task_runner import _evaluate_retry_policy

        instance = SimpleNamespace(
            task=task, try_number=1, _ti_context_from_server=SimpleNamespace(max_tries=3)
        )
        context: Any = self.make_context(task)
        decision = _evaluate_retry_policy(instance, error, structlog.get_logger(), context)  # type: ignore[arg-type]
        assert decision is not None
        return decision.action
