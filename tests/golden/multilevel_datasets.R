# Write public data of R packages to a folder, for the check of multilevel models where R is present.
# Run: Rscript tests/golden/multilevel_datasets.R FOLDER
folder <- commandArgs(TRUE)[1]
keep <- function(name, package) {
  place <- new.env()
  data(list = name, package = package, envir = place)
  write.csv(place[[name]], file.path(folder, paste0(name, ".csv")), row.names = FALSE)
}
for (name in c("sleepstudy", "InstEval", "cbpp")) keep(name, "lme4")
for (name in c("Exam", "Contraception", "guImmun")) keep(name, "mlmRev")
keep("Salamanders", "glmmTMB")
