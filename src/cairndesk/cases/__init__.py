"""The spine: report, case, item, stages and their legal moves; the harm taxonomy."""
