# Golden numbers of generalised linear models and the multinomial logit. Run: Rscript tests/golden/glm.R
library(sandwich)
library(nnet)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "pupils.csv"))
d$score <- 100 + 3 * d$sex + (d$area %% 7) - 2 * (d$need == "low") + ((seq_len(nrow(d)) * 37) %% 101) / 10
d$trials <- 1 + d$area %% 4
d$passed <- pmin(d$trials, d$outcome + (d$area %% 3))
d$count <- d$outcome * (1 + d$area %% 3) + d$sex
d$exposure <- log(1 + d$area %% 5)
d$weight <- 0.5 + (seq_len(nrow(d)) %% 4) / 2
d$route <- c("care", "none", "plan")[1 + (d$outcome + d$area + d$sex * (seq_len(nrow(d)) %% 3)) %% 3]
golden <- NULL
add <- function(model, term, f, robust) {
  error <- function(v) if (is.null(v)) NA else sqrt(diag(v))
  golden <<- rbind(golden, data.frame(
    model, term, estimate = sprintf("%.15g", coef(f)), std_error = sprintf("%.15g", sqrt(diag(vcov(f)))),
    hc0 = sprintf("%.15g", error(robust$hc0)), cluster = sprintf("%.15g", error(robust$cluster)),
    log_likelihood = sprintf("%.15g", as.numeric(logLik(f)))))
}
exact <- glm.control(epsilon = 1e-14, maxit = 100)
fit <- function(model, formula, family, ...) {
  f <- do.call(glm, list(formula = formula, family = family, data = d, control = exact, ...))
  add(model, names(coef(f)), f, list(
    hc0 = vcovHC(f, type = "HC0"),
    cluster = vcovCL(f, cluster = d$area, type = "HC0", cadjust = FALSE)))
}
fit("gaussian", score ~ sex + need, gaussian())
fit("gaussian_weights", score ~ sex + need, gaussian(), weights = d$weight)
fit("gaussian_origin", score ~ 0 + sex + area, gaussian())
fit("logit", outcome ~ sex + need, binomial())
fit("logit_offset", outcome ~ sex + need, binomial(), offset = d$exposure)
fit("probit", outcome ~ sex + need, binomial("probit"))
fit("cloglog", outcome ~ sex + need, binomial("cloglog"))
fit("trials", cbind(passed, trials - passed) ~ sex + need, binomial())
fit("poisson", count ~ sex + need, poisson(), offset = d$exposure)
suppressWarnings(fit("poisson_weights", count ~ sex + need, poisson(), weights = d$weight))
m <- multinom(route ~ sex + need, d, trace = FALSE, maxit = 2000, reltol = 1e-15, abstol = 1e-15, Hess = TRUE)
golden <- rbind(golden, data.frame(
  model = paste0("multinomial_", rep(rownames(coef(m)), each = ncol(coef(m)))), term = colnames(coef(m)),
  estimate = sprintf("%.15g", as.vector(t(coef(m)))), std_error = sprintf("%.15g", sqrt(diag(vcov(m)))),
  hc0 = NA, cluster = NA, log_likelihood = sprintf("%.15g", as.numeric(logLik(m)))))
golden$term <- sub("^need(.*)$", "need[\\1]", golden$term)
golden$versions <- sprintf("R %s; sandwich %s; nnet %s", getRversion(), packageVersion("sandwich"),
                           packageVersion("nnet"))
write.csv(golden, file.path(here, "glm.csv"), row.names = FALSE, quote = FALSE)
