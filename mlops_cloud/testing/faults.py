"""A provider that misbehaves on purpose: lost answers, throttling, failures, things seen only later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial, wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from mlops_cloud.errors import DeadlineExceededError, NotFoundError, ProviderError, ThrottledError
from mlops_cloud.provider.base import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops_cloud.errors import MlopsCloudError
    from mlops_cloud.results.endpoints import EndpointState
    from mlops_cloud.results.environments import BuiltEnvironment
    from mlops_cloud.results.identity import Ref
    from mlops_cloud.results.requests import Finding, Image, NativeRequest, Price, Refusal, RequestContext
    from mlops_cloud.specs.base import Spec
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.environment import Environment

FAMILIES = ("storage", "datasets", "jobs", "models", "endpoints", "monitors")
_CREATES = ("submit", "create", "register", "apply")


@dataclass(frozen=True)
class _Fault:
    before: MlopsCloudError | None = None
    """Raised instead of the call: nothing was done."""
    after: MlopsCloudError | None = None
    """Raised instead of the answer: it was done."""


@dataclass
class Faults:
    """What goes wrong, by operation (`jobs.submit`) and number of the call; and how often each was called."""

    calls: Counter[str] = field(default_factory=Counter)
    _planned: dict[tuple[str, int], _Fault] = field(default_factory=dict)
    _delay: dict[str, int] = field(default_factory=dict)
    _unseen: dict[str, list[list[Any]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def fail(self, operation: str, nth: int = 1, error: MlopsCloudError | None = None) -> None:
        """The nth call from now does nothing and raises; a ProviderError when no other is given."""
        self._plan(operation, nth, _Fault(before=error or ProviderError(f"{operation} failed on purpose")))

    def throttle(self, operation: str, times: int = 1) -> None:
        """The next calls do nothing and raise ThrottledError."""
        for number in range(times):
            self._plan(operation, number + 1, _Fault(before=ThrottledError(f"{operation} throttled on purpose")))

    def lose_answer(self, operation: str, nth: int = 1) -> None:
        """The nth call from now does its work, and its answer is lost."""
        self._plan(
            operation, nth, _Fault(after=DeadlineExceededError(f"the answer to {operation} was lost on purpose"))
        )

    def delay_visibility(self, family: str, reads: int) -> None:
        """What is created from now on is not seen by so many reads of its family."""
        self._delay[family] = reads

    def call(self, family: str, verb: str, method: Callable[..., Any], *args: object, **kwargs: object) -> Any:  # noqa: ANN401
        """One call of the provider, with what was planned for it."""
        operation = f"{family}.{verb}"
        with self._lock:
            self.calls[operation] += 1
            fault = self._planned.pop((operation, self.calls[operation]), _Fault())
        if fault.before is not None:
            raise fault.before
        answer = self._seen(family, verb, method(*args, **kwargs), args)
        if fault.after is not None:
            raise fault.after
        return answer

    def _plan(self, operation: str, nth: int, fault: _Fault) -> None:
        self._planned[operation, self.calls[operation] + nth] = fault

    def _seen(self, family: str, verb: str, answer: Any, args: tuple[object, ...]) -> Any:  # noqa: ANN401
        if verb in _CREATES:
            self._hide(family, answer)
            return answer
        hidden = self._hidden(family) if verb in ("find", "get", "list") else []
        if verb == "list":
            return iter([item for item in answer if item not in hidden])
        named = [item for item in hidden if item == answer or item in args]
        if not named:
            return answer
        if verb == "find":
            return None
        raise NotFoundError(f"{family}: not visible yet, on purpose")

    def _hide(self, family: str, answer: object) -> None:
        if self._delay.get(family):
            self._unseen.setdefault(family, []).append([answer, self._delay[family]])

    def _hidden(self, family: str) -> list[Any]:
        with self._lock:
            left = [pair for pair in self._unseen.get(family, []) if pair[1] > 0]
            for pair in left:
                pair[1] -= 1
            self._unseen[family] = left
            return [item for item, _ in left]


class FaultyProvider(Provider):
    """The given provider behind its faults; `faults` plans them and counts the calls."""

    def __init__(self, provider: Provider, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._provider = provider
        self.__dict__["info"] = provider.info  # a class variable elsewhere; this class stands for whatever it wraps
        self.capabilities = provider.capabilities
        for family in FAMILIES:
            real = getattr(provider, family)
            setattr(self, family, None if real is None else cast("Any", _Family(family, real, self.faults)))

    def requests(self, wanted: Spec | EndpointState, context: RequestContext) -> list[NativeRequest]:
        """The wrapped provider's."""
        return self._provider.requests(wanted, context)

    def check(self, spec: Spec) -> list[Refusal]:
        """The wrapped provider's."""
        return self._provider.check(spec)

    def image(self, environment: Environment, role: str) -> Image:
        """The wrapped provider's."""
        return self._provider.image(environment, role)

    def price(self, compute: Compute) -> Price | None:
        """The wrapped provider's."""
        return self._provider.price(compute)

    def fingerprint(self, environment: Environment) -> str:
        """The wrapped provider's."""
        return self._provider.fingerprint(environment)

    def diagnose(self) -> Iterator[Finding]:
        """The wrapped provider's."""
        return self._provider.diagnose()

    def owned(self) -> Iterator[Ref]:
        """The wrapped provider's."""
        return self._provider.owned()

    def environments(self) -> Iterator[BuiltEnvironment]:
        """The wrapped provider's."""
        return self._provider.environments()

    def drop_environment(self, lock: str) -> None:
        """The wrapped provider's."""
        self._provider.drop_environment(lock)

    def close(self) -> None:
        """Close the wrapped provider."""
        self._provider.close()


class _Family:
    """One family, every public method of which goes through the faults."""

    def __init__(self, name: str, real: object, faults: Faults) -> None:
        self._name = name
        self._real = real
        self._faults = faults

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - whatever the family has
        found = getattr(self._real, verb)
        if verb.startswith("_") or not callable(found):
            return found
        return wraps(found)(partial(self._faults.call, self._name, verb, found))
