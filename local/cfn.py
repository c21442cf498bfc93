"""CloudFormation's YAML, and its functions resolved with local values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

ACCOUNT = "123456789012"
REGION = "us-east-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "local",
    "AWS::URLSuffix": "amazonaws.com",
}
NOTHING = object()
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


class TemplateError(Exception):
    """The template says something that the local runtime cannot follow."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _construct_tag(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if tag == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third kind of node
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _construct_tag)


def load_yaml(text: str) -> Any:
    """Read a template; short tags become their long form (`!Ref X` is `{"Ref": "X"}`)."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a subclass of the safe loader


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves CloudFormation's functions; `ref` and `attribute` name the template's own resources."""

    parameters: Mapping[str, object]
    conditions: Mapping[str, object]
    ref: Callable[[str], object]
    attribute: Callable[[str, str], object]

    def __call__(self, value: Any) -> Any:
        """Return the value with every function in it resolved; `AWS::NoValue` takes its key away."""
        if isinstance(value, list):
            return [item for item in map(self, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::"):
                return self._function(name.removeprefix("Fn::"), argument)
        resolved = {key: self(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NOTHING}

    def condition(self, value: Any) -> bool:
        """Tell whether a condition, given by its name or as an expression, holds."""
        if isinstance(value, str):
            return self.condition(self.conditions[value])
        [(name, argument)] = value.items()
        match name:
            case "Condition":
                return self.condition(argument)
            case "Fn::Equals":
                left, right = self(argument)
                return str(left) == str(right)
            case "Fn::Not":
                return not self.condition(argument[0])
            case "Fn::And":
                return all(map(self.condition, argument))
            case "Fn::Or":
                return any(map(self.condition, argument))
        raise TemplateError(f"a condition cannot use {name}")

    def _ref(self, name: str) -> object:
        if name == "AWS::NoValue":
            return NOTHING
        for values in (self.parameters, PSEUDO):
            if name in values:
                return values[name]
        return self.ref(name)

    def _function(self, name: str, argument: Any) -> object:
        match name:
            case "GetAtt":
                resource, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(resource, attribute)
            case "Sub":
                return self._substitute(*([argument, {}] if isinstance(argument, str) else argument))
            case "Join":
                separator, items = argument
                return str(separator).join(map(str, self(items)))
            case "If":
                condition, yes, no = argument
                return self(yes if self.condition(condition) else no)
            case "Split":
                separator, text = argument
                return str(self(text)).split(separator)
            case "Select":
                index, items = argument
                return self(items)[int(index)]
        raise TemplateError(f"Fn::{name} is not understood by the local runtime")

    def _substitute(self, text: str, variables: Mapping[str, object]) -> str:
        def value_of(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in variables:
                return str(self(variables[name]))
            resource, dot, attribute = name.partition(".")
            return str(self.attribute(resource, attribute) if dot else self._ref(name))

        return _PLACEHOLDER.sub(value_of, text).replace("${!", "${")
