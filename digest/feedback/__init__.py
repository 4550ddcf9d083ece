"""What came back: bounces, complaints, wishes to leave, and answers of machines. Bytes → verdict, and nothing else."""

from digest.feedback.classify import classify
from digest.feedback.report import HARD, Marks, Reason, Recipient, Report, Verdict

__all__ = ["HARD", "Marks", "Reason", "Recipient", "Report", "Verdict", "classify"]
