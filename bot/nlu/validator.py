"""Stands where Rasa's own training-data check stands in the graph; that one imports TensorFlow."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.importers.importer import TrainingDataImporter

__all__ = ["PassThroughValidator"]


class PassThroughValidator(GraphComponent):
    """Hands the training data on. ``bot.nlu.data`` checks it before training starts, and checks more."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PassThroughValidator:
        """Make one; it holds nothing."""
        return cls()

    def validate(self, importer: TrainingDataImporter) -> TrainingDataImporter:
        """Return the importer as it came."""
        return importer
