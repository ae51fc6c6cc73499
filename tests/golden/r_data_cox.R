# Cox and Fine-Gray models on data that R packages ship, with published answers: the data stay in R.
# tests/estimators/test_r_data.py runs it: Rscript tests/golden/r_data_cox.R FOLDER
suppressMessages(library(survival))
folder <- commandArgs(TRUE)[1]
out <- function(data, name) write.csv(data, file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "")

out(veteran, "veteran")
complete <- subset(pbc, !is.na(protime))
out(data.frame(time = complete$time, died = complete$status == 2, age = complete$age,
               edema = complete$edema, bili = log(complete$bili),
               protime = log(complete$protime), albumin = log(complete$albumin)), "pbc")
# As in the vignette on time-dependent covariates of survival.
temp <- subset(pbc, id <= 312, select = c(id:sex, stage))
first <- tmerge(temp, temp, id = id, death = event(time, status))
visits <- tmerge(first, pbcseq, id = id, bili = tdc(day, bili), protime = tdc(day, protime))
out(data.frame(id = visits$id, start = visits$tstart, stop = visits$tstop, died = visits$death == 2,
               bili = log(visits$bili), protime = log(visits$protime)), "pbcseq")
first <- subset(pbc, id <= 312)
out(data.frame(time = first$time, died = first$status == 2, bili = log(first$bili),
               protime = log(first$protime)), "pbc_first_visit")
pcm <- ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime)
cause <- ifelse(mgus2$pstat == 1, 1, 2 * mgus2$death)
out(data.frame(id = mgus2$id, stop = pcm, cause, age = mgus2$age, sex = mgus2$sex), "mgus2")
# As in the vignette on competing risks of survival: who progresses in the month of death, dies.
path <- tmerge(mgus2[, 1:7], mgus2, id = id, death = event(futime, death), pcm = event(ptime, pstat))
path <- tmerge(path, path, id, order = cumtdc(tstart))
out(data.frame(id = path$id, start = path$tstart, stop = path$tstop, from = path$order,
               to = ifelse(path$death == 1, 3, 2 * path$pcm), age = path$age, sex = path$sex), "mgus2_paths")
out(infert[, c("stratum", "case", "spontaneous", "induced")], "infert")
long <- finegray(Surv(stop, factor(cause)) ~ ., etype = "1",
                 data = data.frame(id = mgus2$id, stop = pcm, cause, age = mgus2$age, sex = mgus2$sex))
fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + sex, long, weights = fgwt, cluster = id,
             control = coxph.control(eps = 1e-11, iter.max = 50))
pair <- clogit(case ~ spontaneous + induced + strata(stratum), infert, method = "efron")
cat(sprintf("fine_gray %.15g\n", c(coef(fit), sqrt(diag(fit$var)))),
    sprintf("infert_efron %.15g\n", coef(pair)))
# Patients with bone marrow transplants, where timereg ships them.
if (requireNamespace("timereg", quietly = TRUE)) {
  data(bmt, package = "timereg")
  bmt$id <- seq_len(nrow(bmt))
  out(bmt, "bmt")
  for (cause in 1:2) {
    long <- finegray(Surv(time, factor(cause, 0:2)) ~ ., bmt, etype = as.character(cause), timefix = FALSE)
    fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ platelet + age + tcell, long, weights = fgwt, cluster = id,
                 control = coxph.control(eps = 1e-11, iter.max = 50, timefix = FALSE))
    cat(sprintf(paste0("bmt_", cause, " %.15g\n"), c(coef(fit), sqrt(diag(fit$var)))))
  }
}
