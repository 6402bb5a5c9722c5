"""The section `evaluation`: when and by what lists are judged, and the challenger that is judged too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    create_model,
    field_validator,
    model_serializer,
)

from include.models.base import Params
from include.settings.ads import Ads, check_named_sources, choose_sources
from include.settings.base import Frozen
from include.settings.models import NO_CHOICE, ChosenModels, Models
from include.settings.sections import Window
from include.settings.weights import PURCHASES_ALONE, EventWeights, Weights

Section = TypeVar("Section", bound=BaseModel)

# The metric by which settings are chosen and promoted.
HEADLINE: Final = "ndcg"


def _known_spans(days: tuple[int, ...]) -> tuple[int, ...]:
    if not days or len(set(days)) < len(days):
        raise ValueError("must name at least one number of days, and each only once")
    return days


class Parts(NamedTuple):
    """The sections that a challenger may have of its own."""

    models: ChosenModels
    ads: Ads
    weights: EventWeights
    window: Window


class Challenger(Frozen):
    """Settings that are judged beside the advertiser's own; what they do not say is the advertiser's.

    They may change a model's parameters or add a model, and take none away.
    """

    models: Models = NO_CHOICE
    ads: Ads = Ads()
    weights: Weights = PURCHASES_ALONE
    window: Window = Window()

    @field_validator("window")
    @classmethod
    def _learns_from_the_same_days(cls, window: Window) -> Window:
        if "days" in window.model_fields_set:
            raise ValueError(
                "days must stay away here, for both lists are made of the same days; max_items may differ"
            )
        return window

    @model_serializer(mode="plain")
    def _write_said(self) -> dict[str, Any]:
        """What it says, and no default beside it, which would be read as said."""
        said = [name for name in type(self).model_fields if name in self.model_fields_set]
        return {name: dump_said(getattr(self, name)) for name in said}

    def lay_over(self, own: Parts) -> Parts:
        """The advertiser's sections with what the challenger says in them.

        Raises ValidationError, with the place in the challenger, where the two together are not allowed.
        """
        chosen: Mapping[str, Params] = own.models.chosen
        if "models" in self.model_fields_set:
            said: Mapping[str, Params] = self.models.chosen
            with _placed("models"):
                both = {name: _lay_over(chosen[name], said[name]) for name in said if name in chosen}
            chosen = {**chosen, **said, **both}
        models = Models.model_validate(chosen)
        ads = _lay_over(own.ads, self.ads)
        with _placed("ads"):
            check_named_sources(ads, models.chosen)
            choose_sources(ads, models.chosen)
        weights, window = _lay_over(own.weights, self.weights), _lay_over(own.window, self.window)
        return Parts(models, ads, weights, window)


def dump_said(section: BaseModel) -> dict[str, Any]:
    """What a section says, without its defaults."""
    if isinstance(section, ChosenModels):
        return {
            name: params.model_dump(mode="json", exclude_unset=True)
            for name, params in section.chosen.items()
        }
    return section.model_dump(mode="json", exclude_unset=True)


def _lay_over(own: Section, said: BaseModel) -> Section:
    both = [(own, own.model_fields_set), (said, said.model_fields_set)]
    return type(own).model_validate({name: getattr(some, name) for some, names in both for name in names})


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Say of a ValueError at which place in the challenger it is, by a ValidationError of just that."""
    try:
        yield
    except ValidationError as error:
        reason = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
    except ValueError as error:
        reason = str(error)
    else:
        return

    def refuse(_: Any) -> None:
        raise ValueError(reason)

    wrong = create_model("Wrong", **{place: (Annotated[Any, AfterValidator(refuse)], ...)})  # type: ignore[call-overload]
    create_model("Around", challenger=(wrong, ...)).model_validate({"challenger": {place: {}}})


class Headline(NamedTuple):
    """The columns of `offline_metrics` that select one figure, for every split and contender."""

    test_days: int
    purchases: str
    k: int
    segment: str = "known"
    category: str = ""
    metric: str = HEADLINE


class Evaluation(Frozen):
    """How the ad list is judged by what users bought on the days after.

    `splits` windows end `every` so many days, the newest one so that its `test_days` are there; each number
    of `test_days` is judged apart, by the first `k` items. `purchases` is the headline by which a
    challenger is tuned and promoted: those of items that are `new` to a user, or `all`.
    """

    splits: Annotated[int, Field(ge=1, le=100)] = 8
    every: Annotated[int, Field(ge=1, le=366)] = 7
    test_days: Annotated[tuple[Annotated[int, Field(ge=1, le=366)], ...], AfterValidator(_known_spans)] = (
        7,
        1,
    )
    k: Annotated[int, Field(ge=1, le=1000)] = 20
    purchases: Literal["new", "all"] = "new"
    challenger: Challenger | None = None

    @property
    def headline(self) -> Headline:
        """The figure that the advertiser goes by."""
        return Headline(test_days=self.test_days[0], purchases=self.purchases, k=self.k)
