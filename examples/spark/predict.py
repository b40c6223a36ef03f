"""Answers the rows of a table with a model of alnb, by `alnb predict` on each of Spark's partitions.

    spark-submit predict.py MODEL IN.json OUT

MODEL is a model's folder, and `alnb` a program, on every worker (or name another with --conf spark.alnb.program=PATH). IN is JSON lines of
{"id", "text"}, or {"id", "words"} for a tagger; OUT gets JSON lines of what alnb predict answers. The model is opened once a partition:
give Spark as many partitions as there are cores, and not more. What a killed executor had begun, Spark does again.
"""

import shlex
import sys

from pyspark.sql import SparkSession


def main():
    model, rows, out = sys.argv[1:4]
    spark = SparkSession.builder.appName("alnb predict").getOrCreate()
    program = spark.conf.get("spark.alnb.program", "alnb")
    command = f"{shlex.quote(program)} predict --model {shlex.quote(model)}".replace("\\", "\\\\").replace("'", "\\'")
    spark.read.json(rows).createOrReplaceTempView("documents")
    # One JSON line in, one out. JSON has its tabs and line ends escaped, so that a line is one column.
    answers = spark.sql(
        f"""SELECT TRANSFORM(row) USING '{command}' AS (answer STRING)
            FROM (SELECT to_json(struct(*)) AS row FROM documents)"""
    )
    answers.write.text(out)
    spark.stop()


if __name__ == "__main__":
    main()
